// Light, dark, or as the system has it: set before the first paint, remembered where the browser allows it.
(() => {
  const root = document.documentElement;
  const key = "playable-papers-theme";

  const stored = () => {
    try {
      return localStorage.getItem(key) ?? "auto";
    } catch {
      return "auto";
    }
  };

  const show = (choice) => {
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    else delete root.dataset.theme;
  };

  const choose = (choice) => {
    show(choice);
    try {
      localStorage.setItem(key, choice);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  };

  show(stored());
  addEventListener("DOMContentLoaded", () => {
    const group = document.querySelector(".theme");
    const buttons = [...group.querySelectorAll("button")];
    const press = (choice) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    };
    press(root.dataset.theme ?? "auto");
    group.hidden = false;
    group.addEventListener("click", (event) => {
      const choice = event.target.closest("button")?.dataset.themeChoice;
      if (!choice) return;
      choose(choice);
      press(choice);
    });
  });
})();
