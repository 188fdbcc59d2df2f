"use strict";
// The page as a whole: theme, folding, filters, and links that lead into folded parts. Without this script every
// requirement can still be read; it only writes text, never markup.
(() => {
  const root = document.documentElement;
  root.classList.add("script");

  // Theme: what the system asks for, until somebody chooses.
  const theme = document.querySelector("button.theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  dark.addEventListener("change", nameTheme);
  nameTheme();

  // Folding: all at once; for print the requirements with their evidence, and what else somebody opened.
  const folded = () => document.querySelectorAll("main details");
  const unfold = document.querySelector("button.unfold");
  const setAll = (open) => {
    folded().forEach((each) => { each.open = open; });
    unfold.setAttribute("aria-pressed", String(open));
    unfold.textContent = open ? "Fold all" : "Unfold all";
  };
  unfold.addEventListener("click", () => setAll(unfold.getAttribute("aria-pressed") !== "true"));
  document.querySelector("button.print").addEventListener("click", () => window.print());
  let openBefore = null;
  addEventListener("beforeprint", () => {
    openBefore = openBefore || [...folded()].map((each) => [each, each.open]);
    openBefore.forEach(([each]) => { each.open = each.open || !each.matches(".more, .values, .web-words"); });
  });
  addEventListener("afterprint", () => {
    (openBefore || []).forEach(([each, open]) => { each.open = open; });
    openBefore = null;
  });

  // A chart that is wider than its box begins with what is newest.
  document.querySelectorAll(".history .box").forEach((each) => { each.scrollLeft = each.scrollWidth; });

  // Requirements of one status.
  const show = (section, status) => {
    section.querySelectorAll("details.requirement").forEach((card) => {
      card.hidden = status !== "" && card.dataset.status !== status;
    });
    section.querySelectorAll("[data-filter-status]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.filterStatus === status));
    });
  };
  document.querySelectorAll("section.requirements").forEach((section) => {
    section.querySelectorAll("[data-filter-status]").forEach((button) => {
      button.addEventListener("click", () => show(section, button.dataset.filterStatus));
    });
  });

  // Links into the page: whatever hides the target gives way, and it gets the focus.
  const targetOf = (id) => {
    const there = document.getElementById(id);
    if (there) return there;
    // Rows of the list of seams are made when somebody asks for them.
    document.dispatchEvent(new CustomEvent("seam-wanted", { detail: id }));
    return document.getElementById(id);
  };
  const reveal = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* no encoding of ours: taken as it is */ }
    const target = id && targetOf(id);
    if (!target) return;
    const card = target.closest("details.requirement");
    if (card && card.hidden) show(card.closest("section.requirements"), "");
    for (let each = target; each; each = each.parentElement) {
      if (each.tagName === "DETAILS") each.open = true;
    }
    const inside = target.tagName === "LI" ? target.querySelector(":scope > details") : null;
    if (inside) inside.open = true;
    const goal = (inside || target).querySelector(":scope > summary") || target;
    if (goal === target && target.tabIndex < 0) target.setAttribute("tabindex", "-1");
    goal.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start" });
    document.querySelectorAll(".aimed").forEach((each) => each.classList.remove("aimed"));
    target.classList.add("aimed");
  };
  // Whoever goes back gets to where the page was, which the browser knows.
  let goesBack = false;
  window.navigation?.addEventListener("navigate", (event) => { goesBack = event.navigationType === "traverse"; });
  addEventListener("hashchange", () => { if (!goesBack) reveal(); });
  document.addEventListener("click", (event) => {
    // A second click on the link that led here changes no hash.
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) reveal();
  });
  // Earlier the browser would take the focus away again.
  addEventListener("load", reveal);
})();
