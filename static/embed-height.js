// Tells the page around the card how tall it is. Without this the frame keeps the height that it was given.
if (parent !== window) {
  const tell = () => parent.postMessage({ livestarHeight: document.querySelector("main").getBoundingClientRect().height }, "*");
  new ResizeObserver(tell).observe(document.querySelector("main"));
}
