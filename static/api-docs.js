// Starts the page to try the API. A file of its own, because the content security policy allows no inline script.
// Deep links would put a link into each button, which no keyboard or screen reader can tell apart.
const place = document.getElementById("api-docs");
window.SwaggerUIBundle({ url: place.dataset.schema, domNode: place, validatorUrl: null, deepLinking: false });
