"use strict";
// The seam graph of each packet: panned and zoomed by its viewBox, traced from the box that somebody points at, filtered
// by kind and verdict. The drawing itself and all words stand in the page; nothing is made here.
(() => {
  const NARROWEST = 0.05, WIDEST = 4, READABLE = 0.8, STEP = 1.25, ARROW = 60, MARGIN = 24;
  // Of a drawing: what stands over its boxes, and the room around a box that stays where what was beside it is hidden.
  const HEADINGS = 34, EDGE = 8, BESIDE = 18, BETWEEN = 14;
  const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));

  // What lies behind some boxes, themselves included.
  const behind = (next, starts) => {
    const seen = new Set(starts);
    for (const each of seen) (next.get(each) || []).forEach((other) => seen.add(other));
    return seen;
  };

  // Where points of an axis go when the gaps between some spans close: none of these changes its size, and of two of
  // them none passes the other.
  const closed = (spans, widest) => {
    const joined = [];
    [...spans].sort((one, other) => one[0] - other[0]).forEach(([from, to]) => {
      const last = joined[joined.length - 1];
      if (last && from <= last[1]) last[1] = Math.max(last[1], to);
      else joined.push([from, to]);
    });
    const points = [];
    let at = joined[0][0];
    joined.forEach(([from, to], number) => {
      if (number) at += Math.min(from - joined[number - 1][1], widest);
      points.push([from, at], [to, at += to - from]);
    });
    return (value) => {
      let next = points.findIndex(([point]) => point >= value);
      if (next < 0) return value - points[points.length - 1][0] + at;
      next = Math.max(next, 1);
      const [[from, low], [to, high]] = points.slice(next - 1, next + 1);
      return to === from ? high : low + ((value - from) * (high - low)) / (to - from);
    };
  };

  // A drawing in its box: moved and zoomed by its viewBox. Under a finger it is as high as it is, and the box scrolls.
  class View {
    constructor(svg) {
      this.svg = svg;
      this.frame = svg.parentElement;
      this.finger = matchMedia("(pointer: coarse)");
      this.width = svg.viewBox.baseVal.width;
      this.height = svg.viewBox.baseVal.height;
      this.x = this.y = 0;
      this.scale = 1;
      svg.setAttribute("preserveAspectRatio", "xMinYMin meet");
      svg.classList.add("live");
      svg.tabIndex = 0;
      // Inside what is folded there is no size yet.
      new ResizeObserver(() => this.fit()).observe(this.frame);
      this.reset();
    }

    fit() {
      const width = this.frame.clientWidth;
      if (!width || width === this.fitted) return;
      this.fitted = width;
      this.reset();
    }

    get room() { return { width: this.svg.clientWidth || this.width, height: this.svg.clientHeight || this.height }; }

    // As high as the box may be, as the style sheet says it too.
    get most() { return Math.max(innerHeight * 0.8, 320); }

    resize(width, height) {
      this.width = width;
      this.height = height;
      this.reset();
    }

    // As wide as the page, unless that were too small to read.
    reset() {
      this.scale = clamp(this.room.width / this.width, READABLE, 1);
      this.svg.style.height = `${Math.min(this.height * this.scale, this.most)}px`;
      this.toTop();
    }

    whole() {
      const high = this.finger.matches ? this.most : this.room.height;
      this.scale = clamp(Math.min(this.room.width / this.width, high / this.height), NARROWEST, 1);
      this.toTop();
    }

    toTop() {
      this.x = this.y = 0;
      this.show();
      this.frame.scrollTop = 0;
    }

    // Zoom so that the point of the drawing under a point of the screen stays there; by default the middle.
    zoom(factor, left = this.room.width / 2, top = this.frame.scrollTop + this.frame.clientHeight / 2) {
      const scale = clamp(this.scale * factor, NARROWEST, WIDEST);
      const down = top * (scale / this.scale - 1);
      this.x += left / this.scale - left / scale;
      this.y += top / this.scale - top / scale;
      this.scale = scale;
      this.show();
      if (this.finger.matches) this.frame.scrollTop += down;
    }

    pan(dx, dy) {
      this.x += dx / this.scale;
      this.y += dy / this.scale;
      this.show();
      if (this.finger.matches) this.frame.scrollTop += dy;
    }

    // Bring a part of the drawing into view.
    reveal({ x: left, y: top, width, height }) {
      const { width: wide, height: high } = this.room;
      const inside = (at, from, size, room) => clamp(at, from + size + MARGIN - room, from - MARGIN);
      this.x = inside(this.x, left, width, wide / this.scale);
      this.y = inside(this.y, top, height, high / this.scale);
      this.show();
      const seen = this.frame.clientHeight / this.scale;
      this.frame.scrollTop = inside(this.frame.scrollTop / this.scale, top, height, seen) * this.scale;
    }

    show() {
      if (this.finger.matches) this.svg.style.height = `${this.height * this.scale}px`;
      const { width, height } = this.room;
      // What is narrower than the view stands in its middle.
      const bound = (at, all, room) => (all < room ? (all - room) / 2 : clamp(at, 0, all - room));
      this.x = bound(this.x, this.width, width / this.scale);
      this.y = this.finger.matches ? 0 : bound(this.y, this.height, height / this.scale);
      this.svg.setAttribute("viewBox", `${this.x} ${this.y} ${width / this.scale} ${height / this.scale}`);
    }

    showForPrint() { this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`); }
  }

  // Where everything stands, and where it moves to when some of it is hidden.
  class Layout {
    constructor(svg) {
      const { width, height } = svg.viewBox.baseVal;
      this.size = { width, height };
      this.boxes = new Map([...svg.querySelectorAll(".node[data-id]")].map((node) => {
        const { e: x, f: y } = node.transform.baseVal.getItem(0).matrix;
        return [node, { x, y, width: Number(node.dataset.width), height: Number(node.dataset.height) }];
      }));
      this.places = new Map(this.boxes);
      this.paths = new Map([...svg.querySelectorAll(".web-curve")].map((curve) => [curve, curve.getAttribute("d")]));
      this.headings = [...svg.querySelectorAll(".web-headings text")].map((text) => ({ text, x: Number(text.getAttribute("x")) }));
    }

    // Close up around what is shown; returns the size that the drawing has then.
    close(hidden) {
      const shown = [...this.boxes].filter(([node]) => !hidden.has(node)).map(([, box]) => box);
      const all = shown.length === this.boxes.size;
      const across = all ? (x) => x : closed([[0, EDGE], ...shown.map(({ x, width }) => [x - BESIDE, x + width + BESIDE])], BETWEEN);
      const down = all ? (y) => y : closed([[0, HEADINGS], ...shown.map(({ y, height }) => [y, y + height])], BETWEEN);
      this.boxes.forEach((box, node) => {
        const moved = { ...box, x: across(box.x), y: down(box.y) };
        this.places.set(node, moved);
        node.setAttribute("transform", `translate(${moved.x},${moved.y})`);
      });
      this.paths.forEach((path, curve) => curve.setAttribute("d", all ? path : this.moved(path, across, down)));
      this.headings.forEach(({ text, x }, at) => {
        const end = at + 1 < this.headings.length ? this.headings[at + 1].x : Infinity;
        text.setAttribute("x", across(x));
        text.classList.toggle("off", !shown.some((box) => box.x >= x && box.x < end));
      });
      const right = Math.max(0, ...shown.map(({ x, width }) => across(x + width)));
      const bottom = Math.max(HEADINGS, ...shown.map(({ y, height }) => down(y + height)));
      return all ? this.size : { width: right + EDGE, height: bottom + EDGE };
    }

    // Path data of absolute commands, each with points, but for H.
    moved(path, across, down) {
      return path.replace(/([MCLH])([^MCLH]*)/g, (_, command, numbers) => command + numbers.trim().split(" ").map(
        (number, at) => (at % 2 ? down : across)(Number(number)).toFixed(1),
      ).join(" "));
    }
  }

  class Web {
    constructor(section) {
      this.svg = section.querySelector(".web-drawing");
      this.said = section.querySelector(".web-said");
      this.hint = this.said.textContent;
      this.count = section.querySelector(".web-count");
      this.ticks = [...section.querySelectorAll("input[data-filter]")];
      this.nodes = new Map([...this.svg.querySelectorAll(".node[data-id]")].map((each) => [each.dataset.id, each]));
      this.curves = [...this.svg.querySelectorAll(".web-curve")];
      this.after = this.joined("from", "to");
      this.before = this.joined("to", "from");
      this.layout = new Layout(this.svg);
      this.view = new View(this.svg);
      this.listen(section);
      this.listenToPointer();
      // A browser keeps ticks when a page is loaded again.
      this.filter();
    }

    joined(from, to) {
      const found = new Map();
      this.curves.forEach(({ dataset }) => {
        if (!found.has(dataset[from])) found.set(dataset[from], []);
        found.get(dataset[from]).push(dataset[to]);
      });
      return found;
    }

    listen(section) {
      const views = { in: () => this.view.zoom(STEP), out: () => this.view.zoom(1 / STEP), whole: () => this.view.whole(), reset: () => this.view.reset() };
      section.querySelectorAll("[data-view]").forEach((button) => button.addEventListener("click", views[button.dataset.view]));
      this.ticks.forEach((tick) => tick.addEventListener("change", () => this.filter()));
      section.querySelectorAll("[data-tick]").forEach((button) => button.addEventListener("click", () => {
        const some = this.ticks.filter((tick) => tick.dataset.filter === button.dataset.tick);
        some.forEach((tick) => { tick.checked = button.dataset.to === "all"; });
        this.filter();
      }));
      section.querySelectorAll("[data-judged]").forEach((button) => button.addEventListener("click", () => {
        const judged = new Set([...this.nodes.values()].filter(({ dataset }) => dataset.verdict).map(({ dataset }) => dataset.kind));
        this.ticks.filter((tick) => tick.dataset.filter === "kind").forEach((tick) => { tick.checked = judged.has(tick.value); });
        this.filter();
      }));
      this.svg.addEventListener("focusin", ({ target }) => {
        const node = this.nodeAt(target);
        this.trace(node);
        // What somebody presses is in view, and must not move from under the pointer.
        if (node && !this.pressed) this.view.reveal(this.layout.places.get(node));
      });
      ["hashchange", "DOMContentLoaded"].forEach((name) => addEventListener(name, () => this.aim(section)));
      document.addEventListener("click", (event) => {
        // A second click on a link changes no hash.
        const link = event.target.closest('a[href^="#"]');
        if (link && link.getAttribute("href") === location.hash) this.aim(section);
      });
      this.svg.addEventListener("focusout", () => this.trace(null));
      this.svg.addEventListener("keydown", (event) => this.press(event));
      addEventListener("beforeprint", () => this.view.showForPrint());
      addEventListener("afterprint", () => this.view.show());
    }

    // A link led to a box: it is shown whatever is filtered, with its way.
    aim(section) {
      let id = location.hash.slice(1);
      try { id = decodeURIComponent(id); } catch { /* no encoding of ours: taken as it is */ }
      const target = document.getElementById(id);
      const node = target && target !== this.svg && this.svg.contains(target) ? this.nodeAt(target) : null;
      if (!node) return;
      if (node.classList.contains("off")) {
        this.ticks.forEach((tick) => { tick.checked = true; });
        this.filter();
      }
      (node.closest("a") || node).focus({ preventScroll: true });
      this.view.scale = Math.max(this.view.scale, READABLE);
      this.view.reveal(this.layout.places.get(node));
      this.trace(node);
      section.querySelector(".web-frame").scrollIntoView({ block: "start" });
    }

    press(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const acts = {
        "+": () => this.view.zoom(STEP), "=": () => this.view.zoom(STEP), "-": () => this.view.zoom(1 / STEP), 0: () => this.view.reset(),
        ArrowLeft: () => this.view.pan(-ARROW, 0), ArrowRight: () => this.view.pan(ARROW, 0),
        ArrowUp: () => this.view.pan(0, -ARROW), ArrowDown: () => this.view.pan(0, ARROW),
        Escape: () => { this.view.reset(); this.trace(null); },
      };
      if (!acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    }

    listenToPointer() {
      const { svg, view } = this;
      let from = null;
      let dragged = false;
      svg.addEventListener("pointerover", ({ target }) => { if (!from) this.trace(this.nodeAt(target) || this.focused()); });
      svg.addEventListener("pointerleave", () => { if (!from) this.trace(this.focused()); });
      svg.addEventListener("pointerdown", (event) => {
        dragged = false;
        this.pressed = true;
        if (event.isPrimary && event.button === 0) from = { x: event.clientX, y: event.clientY };
      });
      svg.addEventListener("pointermove", (event) => {
        if (!from || !event.isPrimary) return;
        const dx = from.x - event.clientX;
        const dy = from.y - event.clientY;
        // A click may tremble.
        if (!dragged && Math.hypot(dx, dy) < 5) return;
        if (!dragged) svg.setPointerCapture(event.pointerId);
        dragged = true;
        svg.classList.add("panning");
        // A finger that moves up or down scrolls the page, see touch-action.
        view.pan(dx, event.pointerType === "touch" ? 0 : dy);
        from = { x: event.clientX, y: event.clientY };
      });
      const stop = () => {
        from = null;
        this.pressed = false;
        svg.classList.remove("panning");
      };
      addEventListener("pointerup", stop);
      addEventListener("pointercancel", stop);
      // A key clicks without a pointer.
      svg.addEventListener("click", (event) => { if (dragged && event.detail) event.preventDefault(); }, true);
      svg.addEventListener("dragstart", (event) => event.preventDefault());
      svg.addEventListener("wheel", (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const { left, top } = svg.getBoundingClientRect();
        view.zoom(Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
      }, { passive: false });
    }

    nodeAt(target) { return target.closest(".node") || (target.matches("a") ? target.querySelector(".node") : null); }

    focused() {
      const active = document.activeElement;
      return active && this.svg.contains(active) && active !== this.svg ? this.nodeAt(active) : null;
    }

    // Light up all that leads to a box and all that it leads to, and say its way.
    trace(node) {
      if (node === this.traced) return;
      this.traced = node;
      this.svg.classList.toggle("tracing", Boolean(node));
      this.said.classList.toggle("hint", !node);
      this.said.scrollTop = 0;
      this.said.textContent = node ? node.querySelector("title").textContent : this.hint;
      const over = node ? behind(this.before, [node.dataset.id]) : new Set();
      const under = node ? behind(this.after, [node.dataset.id]) : new Set();
      this.nodes.forEach((each, id) => each.classList.toggle("lit", over.has(id) || under.has(id)));
      this.curves.forEach((each) => {
        const { from, to } = each.dataset;
        each.classList.toggle("lit", (over.has(from) && over.has(to)) || (under.has(from) && under.has(to)));
      });
    }

    // Hide the seams of what is not ticked, and what leads to nothing else; what is left closes up.
    filter() {
      const off = { kind: new Set(), verdict: new Set() };
      this.ticks.forEach((tick) => { if (!tick.checked) off[tick.dataset.filter].add(tick.value); });
      const seams = [...this.nodes].filter(([, each]) => each.classList.contains("seam"));
      const shown = seams.filter(([, { dataset }]) => !off.kind.has(dataset.kind) && !off.verdict.has(dataset.verdict));
      const all = shown.length === seams.length;
      const kept = all ? new Set(this.nodes.keys()) : behind(this.before, shown.map(([id]) => id));
      const hidden = new Set([...this.nodes].filter(([id]) => !kept.has(id)).map(([, each]) => each));
      this.nodes.forEach((each) => {
        each.classList.toggle("off", hidden.has(each));
        // A link without anything in it must not take the focus.
        if (each.parentElement.matches("a")) each.parentElement.classList.toggle("off", hidden.has(each));
      });
      this.curves.forEach((each) => each.classList.toggle("off", !kept.has(each.dataset.from) || !kept.has(each.dataset.to)));
      const { unit } = this.count.dataset;
      this.count.textContent = all ? `All ${seams.length} ${unit} shown` : `${shown.length} of ${seams.length} ${unit} shown`;
      if (all && !this.narrowed) return;
      this.narrowed = !all;
      const { width, height } = this.layout.close(hidden);
      this.view.resize(width, height);
    }
  }

  document.querySelectorAll("article.packet .web").forEach((section) => {
    if (section.querySelector(".web-drawing")) new Web(section);
  });
})();
