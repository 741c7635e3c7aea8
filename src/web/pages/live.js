/* Keeps the page up to date without loading it anew, and says so when Holdfast does not answer. */
(() => {
  const every = 30_000;
  const controls = () => [...document.querySelectorAll("main a, main button, main input, main summary")];
  let lastAnswer = new Date();

  /** Nobody loses what is being typed or selected. */
  function isBusy() {
    const focused = document.activeElement;
    if (focused instanceof HTMLInputElement && focused.value !== focused.defaultValue) return true;
    return String(document.getSelection()) !== "";
  }

  function show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.querySelector("main");
    if (fresh === null) return;
    const focused = controls().indexOf(document.activeElement);
    const opened = [...document.querySelectorAll("main details")].map(({ open }) => open);
    document.querySelector("main").replaceWith(fresh);
    document.querySelector("footer")?.replaceWith(page.querySelector("footer") ?? "");
    document.querySelectorAll("main details").forEach((details, at) => (details.open = opened[at] ?? false));
    if (focused !== -1) controls()[focused]?.focus({ preventScroll: true });
    document.title = page.title;
    const icon = page.querySelector("link[rel=icon]")?.getAttribute("href");
    if (icon) document.querySelector("link[rel=icon]")?.setAttribute("href", icon);
  }

  function tell(sentence) {
    let notice = document.querySelector(".offline");
    if (sentence === undefined) return notice?.remove();
    if (notice === null) {
      notice = document.createElement("p");
      notice.className = "offline bad";
      notice.setAttribute("role", "status");
      document.body.prepend(notice);
    }
    notice.textContent = sentence;
  }

  async function look() {
    if (document.visibilityState !== "visible" || isBusy()) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (isBusy()) return;
      lastAnswer = new Date();
      show(text);
      tell(undefined);
    } catch {
      tell(`Holdfast does not answer: what stands here is as of ${lastAnswer.toLocaleTimeString()}.`);
    }
  }

  setInterval(look, every);
  document.addEventListener("visibilitychange", look);
})();
