// Looks again every so many seconds and puts what has changed in place of the content: nothing jumps and the focus
// stays, which a page that loads itself anew takes from whoever reads with a keyboard or a screen reader.
const seconds = Number(document.currentScript.dataset.seconds);
const content = document.getElementById("content");

async function look() {
  const busy = document.hidden || content.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  if (!busy) {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = fresh.getElementById("content");
      if (!found) return location.reload();
      content.replaceChildren(...found.childNodes);
      document.title = fresh.title;
      if (!fresh.querySelector("script[data-seconds]")) return undefined;
    }
  }
  return setTimeout(look, seconds * 1000);
}

setTimeout(look, seconds * 1000);
