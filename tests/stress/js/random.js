// Numbers that are a matter of the seed.

/** A generator of its own for each name. */
export class Random {
  #state;

  constructor(name) {
    let hash = 2166136261;
    for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
    this.#state = hash >>> 0;
    for (let i = 0; i < 4; i += 1) this.float();
  }

  /** In [0, 1). */
  float() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n) {
    return Math.floor(this.float() * n);
  }

  choice(items) {
    return items[this.below(items.length)];
  }
}
