// Tracks of contributions that can be zoomed and moved: no library, nothing fetched.
"use strict";

const COLOURS = { A: "#109648", C: "#255c99", G: "#c77700", T: "#d62839", N: "#888888" };
const HEIGHT = 190, MARGIN = { left: 52, right: 10, top: 10, bottom: 26 };
const LETTERS_FROM = 6; // pixels for a base
const LEAST_WIDTH = 12; // bases

// Contributions come as 16-bit integers, a letter of base64 for six bits, in units of `unit`.
function unpack(gene) {
  const bytes = Uint8Array.from(atob(gene.values), (c) => c.charCodeAt(0));
  const numbers = new DataView(bytes.buffer);
  gene.numbers = Float32Array.from(gene.letters, (_, i) => numbers.getInt16(2 * i, true) * gene.unit);
}

class Track {
  constructor(element, gene) {
    unpack(gene);
    this.gene = gene;
    this.canvas = element.querySelector("canvas");
    this.remark = element.querySelector(".remark");
    this.pointers = new Map(); // where the mouse or the fingers hold the track
    this.whole();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.listen(element);
  }

  whole() {
    this.look(0, this.gene.letters.length);
  }

  // Shows [from, to), kept inside of the window.
  look(from, to) {
    const n = this.gene.letters.length;
    const width = Math.min(n, Math.max(Math.min(LEAST_WIDTH, n), to - from));
    this.from = Math.max(0, Math.min(n - width, from));
    this.to = this.from + width;
    const seen = this.gene.numbers.subarray(Math.floor(this.from), Math.ceil(this.to));
    this.high = seen.reduce((most, x) => Math.max(most, x), 0);
    this.low = seen.reduce((most, x) => Math.min(most, x), 0);
    if (this.high === this.low) this.high = 1;
    this.draw();
  }

  zoom(factor, at = (this.from + this.to) / 2) {
    this.look(at - (at - this.from) * factor, at + (this.to - at) * factor);
  }

  listen(element) {
    const canvas = this.canvas;
    const actions = {
      in: () => this.zoom(0.5), out: () => this.zoom(2), all: () => this.whole(),
      left: () => this.move(-0.25), right: () => this.move(0.25),
    };
    element.addEventListener("click", (event) => {
      const data = event.target.closest("button")?.dataset;
      if (data?.do) actions[data.do]();
      if (data?.from) this.look(+data.from - 15, +data.to + 15);
    });
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page is scrolled
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 0.8 : 1.25, this.baseAt(event.offsetX));
    }, { passive: false });
    canvas.addEventListener("dblclick", (event) => this.zoom(0.33, this.baseAt(event.offsetX)));
    canvas.addEventListener("pointerdown", (event) => {
      this.pointed(event.offsetX);
      canvas.setPointerCapture(event.pointerId);
      this.hold(() => this.pointers.set(event.pointerId, event.offsetX));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.pointers.has(event.pointerId)) return this.pointed(event.offsetX);
      this.pointers.set(event.pointerId, event.offsetX);
      this.follow();
    });
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, (event) => this.hold(() => this.pointers.delete(event.pointerId)));
    }
    canvas.addEventListener("keydown", (event) => {
      const key = { "+": "in", "-": "out", 0: "all", ArrowLeft: "left", ArrowRight: "right" }[event.key];
      if (!key) return;
      event.preventDefault();
      actions[key]();
    });
  }

  move(share) {
    const step = share * (this.to - this.from);
    this.look(this.from + step, this.to + step);
  }

  // Notes which bases the pointers hold, when one comes or goes.
  hold(change) {
    change();
    this.held = [...this.pointers.values()].map((x) => this.baseAt(x));
  }

  // Keeps the bases under the pointers: one moves the track, two also stretch it.
  follow() {
    const [x, other] = this.pointers.values(), [base, second] = this.held;
    let wide = this.perBase();
    if (other !== undefined) {
      wide = (other - x) / (second - base);
      if (!(wide > 0) || Math.abs(other - x) < 10) return; // too near, or past each other
    }
    const from = base - (x - MARGIN.left) / wide;
    this.look(from, from + (this.to - this.from) * (this.perBase() / wide));
  }

  pointed(x) {
    const i = Math.floor(this.baseAt(x));
    if (i < 0 || i >= this.gene.letters.length) return;
    const value = this.gene.numbers[i];
    this.remark.textContent =
      `${this.gene.letters[i]} at ${this.place(i)}: ${value < 0 ? "−" : "+"}${Math.abs(value).toPrecision(3)}`;
  }

  // What stands on the axis: nt from the TSS where it is known, else the position in the window.
  number(i) {
    return i + this.gene.start - (this.gene.tss ?? 0);
  }

  place(i) {
    return this.gene.tss === null ? `position ${this.number(i)}` : `${String(this.number(i)).replace("-", "−")} nt from the TSS`;
  }

  perBase() {
    return (this.canvas.clientWidth - MARGIN.left - MARGIN.right) / (this.to - this.from);
  }

  baseAt(x) {
    return this.from + (x - MARGIN.left) / this.perBase();
  }

  draw() {
    const width = this.canvas.clientWidth, sharp = window.devicePixelRatio || 1;
    if (!width) return;
    this.canvas.width = width * sharp;
    this.canvas.height = HEIGHT * sharp;
    const pen = this.canvas.getContext("2d");
    pen.scale(sharp, sharp);
    pen.clearRect(0, 0, width, HEIGHT);
    this.drawAxes(pen, width);
    pen.save();
    pen.beginPath();
    pen.rect(MARGIN.left, 0, width - MARGIN.left - MARGIN.right, HEIGHT);
    pen.clip();
    if (this.perBase() >= LETTERS_FROM) this.drawLetters(pen);
    else this.drawRanges(pen, width);
    pen.restore();
  }

  x(base) {
    return MARGIN.left + (base - this.from) * this.perBase();
  }

  y(value) {
    const tall = HEIGHT - MARGIN.bottom - MARGIN.top;
    return MARGIN.top + ((this.high - value) / (this.high - this.low)) * tall;
  }

  drawAxes(pen, width) {
    pen.font = "12px sans-serif";
    pen.fillStyle = pen.strokeStyle = "#666";
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const value of [this.high, 0, this.low]) {
      if (value && Math.abs(this.y(value) - this.y(0)) < 12) continue; // no room
      const text = value ? value.toPrecision(2).replace("-", "−") : "0";
      pen.fillText(text, MARGIN.left - 6, this.y(value));
    }
    line(pen, MARGIN.left, this.y(0), width - MARGIN.right, this.y(0));
    if (this.gene.tss !== null) {
      const at = this.x(this.gene.tss - this.gene.start);
      if (at >= MARGIN.left && at <= width - MARGIN.right) {
        pen.setLineDash([4, 3]);
        line(pen, at, MARGIN.top, at, HEIGHT - MARGIN.bottom);
        pen.setLineDash([]);
      }
    }
    pen.textAlign = "center";
    pen.textBaseline = "top";
    for (const tick of this.ticks(width)) {
      const at = this.x(tick + 0.5);
      line(pen, at, HEIGHT - MARGIN.bottom, at, HEIGHT - MARGIN.bottom + 4);
      pen.fillText(String(this.number(tick)).replace("-", "−"), at, HEIGHT - MARGIN.bottom + 7);
    }
  }

  ticks(width) {
    const rough = (this.to - this.from) * 75 / (width - MARGIN.left - MARGIN.right);
    const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
    const offset = this.number(0), found = [];
    for (let n = Math.ceil((this.from + offset) / step) * step; n - offset < this.to - 0.5; n += step) {
      const at = this.x(n - offset + 0.5);
      if (at > MARGIN.left + 8 && at < width - MARGIN.right - 12) found.push(n - offset);
    }
    return found;
  }

  drawLetters(pen) {
    const wide = this.perBase();
    pen.font = "bold 100px sans-serif";
    pen.textAlign = "left";
    pen.textBaseline = "alphabetic";
    for (let i = Math.floor(this.from); i < Math.min(Math.ceil(this.to), this.gene.letters.length); i++) {
      const value = this.gene.numbers[i], high = Math.abs(this.y(value) - this.y(0));
      if (high < 0.5) continue;
      const letter = this.gene.letters[i], size = pen.measureText(letter);
      const tall = size.actualBoundingBoxAscent, broad = size.actualBoundingBoxLeft + size.actualBoundingBoxRight;
      pen.save();
      pen.translate(this.x(i) + 0.04 * wide, Math.max(this.y(0), this.y(value)));
      pen.scale(0.92 * wide / broad, high / tall);
      pen.fillStyle = COLOURS[letter];
      pen.fillText(letter, size.actualBoundingBoxLeft, 0);
      pen.restore();
    }
  }

  // The largest and the smallest contribution for every pixel.
  drawRanges(pen, width) {
    pen.fillStyle = "#3b5b8c";
    for (let x = MARGIN.left; x < width - MARGIN.right; x++) {
      const first = Math.floor(this.baseAt(x)), last = Math.max(first + 1, Math.floor(this.baseAt(x + 1)));
      let high = 0, low = 0;
      for (const value of this.gene.numbers.subarray(first, last)) {
        high = Math.max(high, value);
        low = Math.min(low, value);
      }
      pen.fillRect(x, this.y(high), 1, this.y(low) - this.y(high));
    }
  }
}

function line(pen, x, y, toX, toY) {
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(toX, toY);
  pen.stroke();
}

const genes = JSON.parse(document.getElementById("genes").textContent);
document.querySelectorAll(".track").forEach((element, i) => new Track(element, genes[i]));
