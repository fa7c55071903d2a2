// Asks the browser to keep the published site for the time without a network: once the first figure plays, so as not to be in its way.
(() => {
  const worker = new URL(document.currentScript.dataset.worker, document.baseURI);
  const PATIENCE_MS = 10_000;
  /** What the figures' workers have fetched, which this page does not see. */
  const fetched = new Set();
  let started = false;

  const tell = async () => {
    const { active } = await navigator.serviceWorker.ready;
    const mine = performance.getEntriesByType("resource").map(({ name }) => name);
    const pictures = [...document.images].map(({ src }) => src);
    active?.postMessage({ seen: [location.href, ...mine, ...pictures, ...fetched] });
  };

  const start = async () => {
    if (started) return;
    try {
      await navigator.serviceWorker.register(worker);
      started = true;
      navigator.serviceWorker.addEventListener("controllerchange", tell);
      await tell();
    } catch {
      // Refused, in private windows and frames for instance: the site works as before, with a network.
    }
  };

  if (!("serviceWorker" in navigator)) return;
  document.addEventListener("ready", ({ detail }) => {
    for (const file of detail?.files ?? []) fetched.add(file);
    if (started) tell();
    else start();
  }, true);
  addEventListener("load", () => {
    if (document.querySelector("playable-paper")) setTimeout(start, PATIENCE_MS);
    else start();
  });
})();
