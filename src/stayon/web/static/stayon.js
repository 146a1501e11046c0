// Dropping a file anywhere in its box, and ticking all boxes of a table at once. Pages work without.
"use strict";
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const box = event.target instanceof Element ? event.target.closest(".drop") : null;
    if (!box) return;
    event.preventDefault();
    box.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    const input = box.querySelector("input[type=file]");
    if (kind === "drop" && event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
document.addEventListener("change", (event) => {
  if (!event.target.matches("input[data-ticks]")) return;
  for (const box of document.getElementsByName(event.target.dataset.ticks)) box.checked = event.target.checked;
});
