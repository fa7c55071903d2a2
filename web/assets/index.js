// The front page plays: a button on each poster puts the live figure in the poster's place.
for (const button of document.querySelectorAll("button.here")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const place = button.closest(".poster");
    const figure = document.createElement("playable-paper");
    for (const name of ["paper", "figure", "engines"]) figure.setAttribute(name, button.dataset[name]);
    const picture = place.querySelector("img");
    picture.slot = "poster";
    figure.append(picture);
    place.closest("article").classList.add("live");
    place.replaceWith(figure);
    figure.tabIndex = -1;
    figure.focus();
    import("../pkg/embed.js");
  });
}
