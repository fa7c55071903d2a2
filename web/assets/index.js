// The front page plays: a button beside each poster puts the live figure in the poster's place.
for (const button of document.querySelectorAll("button.here")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const article = button.closest("article");
    const place = article.querySelector(".poster");
    const figure = document.createElement("playable-paper");
    for (const name of ["paper", "figure", "engines"]) figure.setAttribute(name, button.dataset[name]);
    const picture = place.querySelector("img");
    picture.slot = "poster";
    figure.append(picture);
    article.classList.add("live");
    place.replaceWith(figure);
    button.remove();
    figure.tabIndex = -1;
    figure.focus();
    import("../pkg/embed.js");
  });
}
