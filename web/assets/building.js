// Added to pages by `cargo xtask serve` alone: says that a page is still building, and reloads it when it has changed.
(() => {
  const { page, build } = document.currentScript.dataset;
  const status = new URL("../status.json", document.currentScript.src);
  const notice = document.createElement("p");
  notice.className = "building";
  notice.setAttribute("role", "status");
  let lost = false;

  const say = (text) => {
    if (notice.textContent !== text) notice.textContent = text;
    if (!notice.isConnected) document.querySelector("header.site").after(notice);
  };

  const tell = (state) => {
    if (state === "building") say("This page is still building: its figures will come to life by themselves.");
    else if (state?.startsWith("failed")) say(`The build failed; the terminal says why. (${state})`);
    else notice.remove();
  };

  const look = async () => {
    try {
      const answer = await (await fetch(status, { cache: "no-store" })).json();
      if (lost || answer.builds[page] !== build) return location.reload();
      tell(answer[page]);
    } catch {
      lost = true;
      say("The server has stopped; this page reloads when it is back.");
    }
    setTimeout(look, 1000);
  };
  look();
})();
