"use strict";
// The list of seams of each packet: searched by word and kind, and made row by row, since it may be long.
(() => {
  const STEP = 40;
  const VERDICTS = {
    covered: "behind an asking gate", policy: "behind rules only", uncovered: "past every gate", unknown: "no way known",
  };

  const make = (tag, name, text) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

  class Seams {
    constructor(article) {
      this.pack = article.dataset.pack;
      this.section = article.querySelector("section.seams");
      this.data = JSON.parse(this.section.querySelector(".seam-data").textContent);
      this.rows = this.section.querySelector(".seam-rows");
      this.count = this.section.querySelector(".seam-count");
      this.more = this.section.querySelector(".seam-more");
      this.left = this.section.querySelector(".seam-left");
      this.made = new Map();
      this.search = this.section.querySelector(".seam-search");
      this.kind = this.section.querySelector(".seam-kind");
      this.search.addEventListener("input", () => this.find());
      this.kind.addEventListener("change", () => this.find());
      this.more.addEventListener("click", () => this.showMore());
      this.nameKinds();
      this.find();
    }

    nameKinds() {
      const counts = new Map();
      this.data.seams.forEach(([, kind]) => counts.set(kind, (counts.get(kind) || 0) + 1));
      [...counts].sort((a, b) => b[1] - a[1]).forEach(([kind, count]) => {
        const option = make("option", "", `${this.data.kinds[kind].replaceAll("_", " ")} (${count})`);
        option.value = String(kind);
        this.kind.append(option);
      });
    }

    // What a touchpoint can be found by, in lower case; worked out at the first search.
    texts() {
      const { kinds, surfaces, rules, paths } = this.data;
      this.found ??= this.data.seams.map(([id, kind, name, surface, , , verdict, places]) => places.map(
        ([each, path, line, symbol, text, rule, role]) => [
          name, kinds[kind], kinds[kind].replaceAll("_", " "), surfaces[surface], VERDICTS[verdict] || "",
          `${paths[path][0]}:${line}`, symbol, text, rules[rule], role, each, id,
        ].join("\n").toLowerCase(),
      ));
      return this.found;
    }

    find() {
      const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const kind = this.kind.value;
      const all = this.data.seams;
      let places = 0;
      this.listed = [];
      all.forEach((seam, at) => {
        if (kind !== "" && String(seam[1]) !== kind) return;
        const hits = words.length ? this.texts()[at].filter((text) => words.every((word) => text.includes(word))).length
          : seam[7].length;
        if (hits) { this.listed.push(at); places += hits; }
      });
      this.rows.replaceChildren();
      this.shown = 0;
      const narrowed = words.length || kind !== "";
      this.count.textContent = this.listed.length
        ? `${plural(this.listed.length, "seam")} with ${plural(places, "touchpoint")}${narrowed ? ` of ${all.length} seams` : ""}`
        : "No seam has all of these words. Fewer words, or another kind, find more.";
      this.showMore();
    }

    showMore() {
      const next = this.listed.slice(this.shown, this.shown + STEP);
      // One that a link led to is there already.
      this.rows.append(...next.map((at) => this.row(at)).filter((row) => !row.isConnected));
      this.shown += next.length;
      const left = this.listed.length - this.shown;
      this.more.hidden = left === 0;
      this.more.textContent = `Show ${Math.min(left, STEP)} more of ${left}`;
      this.left.textContent = left ? `${this.shown} of these ${this.listed.length} seams are printed; the JSON has all.` : "";
    }

    row(at) {
      if (!this.made.has(at)) this.made.set(at, this.makeRow(at));
      return this.made.get(at);
    }

    makeRow(at) {
      const [id, kind, name, , unwired, requirements, verdict, places] = this.data.seams[at];
      const row = make("li", "seam-row");
      row.id = `${this.pack}/seam/${id}`;
      const fold = make("details");
      const head = make("summary");
      const [, path, line] = places[0] || [];
      head.append(make("span", "kind", this.data.kinds[kind].replaceAll("_", " ")), " ", make("code", "name", name), " ");
      if (path !== undefined) head.append(make("span", "where", `${this.data.paths[path][0]}:${line}`), " ");
      if (verdict) head.append(make("span", `tag v-${verdict}`, VERDICTS[verdict]), " ");
      if (unwired) head.append(make("span", "tag", "not wired"), " ");
      if (places.length > 1) head.append(make("span", "note", plural(places.length, "place")));
      fold.append(head);
      fold.addEventListener("toggle", () => { if (fold.open) this.fill(fold, at); });
      row.append(fold);
      if (requirements.length === 0) row.classList.add("beside");
      return row;
    }

    fill(fold, at) {
      if (fold.childElementCount > 1) return;
      const [id, , , surface, , requirements, , places] = this.data.seams[at];
      const about = make("p", "note", `On the surface ${this.data.surfaces[surface] || "of no code"}. `);
      if (requirements.length) {
        about.append("Named by ");
        requirements.forEach((number, index) => {
          const [name, title] = this.data.requirements[number];
          const link = make("a", "", `${number + 1} ${title}`);
          link.href = `#${this.pack}/requirement/${name}`;
          about.append(index ? ", " : "", link);
        });
        about.append(". ");
      }
      const itself = make("a", "to", "Link to this seam");
      itself.href = `#${this.pack}/seam/${id}`;
      about.append(itself);
      if (document.getElementById(`${this.pack}/graph/${id}`)) {
        const drawn = make("a", "to", "Show in the graph");
        drawn.href = `#${this.pack}/graph/${id}`;
        about.append(" · ", drawn);
      }
      const list = make("ul", "places");
      list.append(...places.map((place) => this.place(place, id)));
      fold.append(about, list);
    }

    place([id, path, line, symbol, text, rule, role, confidence, fragment], seam) {
      const item = make("li");
      if (id !== seam) item.id = `${this.pack}/seam/${id}`;
      const [file, address] = this.data.paths[path];
      const where = make("code", "", `${file}:${line}`);
      if (address && fragment) {
        const link = make("a", "at");
        link.href = `${address}#${fragment}`;
        link.append(where);
        item.append(link);
      } else {
        item.append(where);
      }
      item.append(" ", make("code", "name", symbol), " ", make("span", "note", `${role} · ${confidence} · ${this.data.rules[rule]}`));
      if (text) item.append(make("code", "text", text));
      return item;
    }

    // Show the row of a touchpoint, whatever was searched for before.
    want(fingerprint) {
      const at = this.data.seams.findIndex(
        ([id, , , , , , , places]) => id === fingerprint || places.some(([each]) => each === fingerprint),
      );
      if (at < 0) return;
      const id = `${this.pack}/seam/${this.data.seams[at][0]}`;
      let row = document.getElementById(id);
      if (!row) {
        if (!this.listed.includes(at)) {
          this.search.value = "";
          this.kind.value = "";
          this.find();
        }
        row = this.row(at);
        if (!row.isConnected) this.rows.prepend(row);
      }
      const fold = row.firstElementChild;
      this.fill(fold, at);
      fold.open = true;
    }
  }

  const lists = new Map();
  document.querySelectorAll("article.packet").forEach((article) => {
    const list = new Seams(article);
    lists.set(list.pack, list);
  });
  document.addEventListener("seam-wanted", (event) => {
    const [pack, part, fingerprint] = event.detail.split("/");
    if (part === "seam" && lists.has(pack)) lists.get(pack).want(fingerprint);
  });
})();
