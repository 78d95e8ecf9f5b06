/** Has the browser fetch what comes next, while the rater looks at this. */
export class Prefetch {
  constructor() {
    /** @type {Set<string>} */
    this.begun = new Set();
  }

  /** @type {(urls: string[]) => void} */
  fetch(urls) {
    for (const url of urls) {
      if (this.begun.has(url)) continue;
      this.begun.add(url);
      // Only a head start: if it fails, the image is fetched when it is opened. What nobody
      // reads stays half fetched, and who asks for it then has to wait for it.
      fetch(url, { priority: 'low' }).then((response) => response.arrayBuffer())
        .catch(() => this.begun.delete(url));
    }
  }
}
