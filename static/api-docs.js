// Starts the page to try the API. A file of its own, because the content security policy allows no inline script.
const place = document.getElementById("api-docs");
window.SwaggerUIBundle({ url: place.dataset.schema, domNode: place, validatorUrl: null, deepLinking: true });
