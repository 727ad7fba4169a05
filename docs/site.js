// Tables that are wider than the screen scroll: let the keyboard reach them, too.
new MutationObserver(() => {
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    table.tabIndex = 0;
  }
}).observe(document.documentElement, { childList: true, subtree: true });
