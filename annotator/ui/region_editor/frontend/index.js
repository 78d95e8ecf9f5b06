/** Where Streamlit meets the editor: its functions, the browser's storage, the room there is. */
import { RegionEditor } from './editor.js';
import { takesText } from './input/keyboard.js';
import { PageFocus } from './input/page_focus.js';
import { mounting } from './mounting.js';

/** Space left below an editor that fills the window. */
const BELOW_PX = 20;
const LEAST_HEIGHT_PX = 460;

/** The browser's own storage, or null where it is forbidden. */
function browserStorage() {
  try {
    return window.localStorage;
  } catch (fault) {
    console.warn('The browser keeps no copy of unsaved work:', fault);
    return null;
  }
}

/** The way to this browser's other tabs, or null where it has none. */
function otherTabs() {
  return 'BroadcastChannel' in window ? new BroadcastChannel('excitation-annotator') : null;
}

/** Which image the page's address names. @type {import('./record/going.js').Address} */
const ADDRESS = {
  image: () => new URL(window.location.href).searchParams.get('image'),
  name: (image, adds) => {
    const address = new URL(window.location.href);
    address.searchParams.set('image', image);
    if (adds) window.history.pushState({}, '', address);
    else window.history.replaceState(window.history.state, '', address);
  },
};

class Mounted {
  /** @param {ParentNode} parent  @param {import('./types.js').EditorData} data */
  constructor(parent, data) {
    /** Streamlit's functions; those of the newest call. @type {any} */
    this.streamlit = null;
    this.editor = new RegionEditor(data, {
      fetch: (address, request) => fetch(address, request),
      renew: (image) => this.streamlit.setTriggerValue('renew', { image, at: Date.now() }),
      address: ADDRESS,
    }, browserStorage(), otherTabs());
    parent.append(this.editor.root);
    this.ends = new AbortController();
    const { signal } = this.ends;
    this.pageFocus = new PageFocus(this.editor.root, () => this.editor.focus(), signal);
    window.addEventListener('resize', () => this.#size(), { signal });
    window.addEventListener('pagehide', () => this.editor.tabs.leave(), { signal });
    const page = window.location.pathname;
    window.addEventListener('popstate', () => {
      if (window.location.pathname === page) this.editor.going.follow();
    }, { signal });
    window.addEventListener('annotator-image-wanted', () => this.editor.tellBar(), { signal });
    window.addEventListener('beforeunload', (event) => {
      if (this.editor.outbox.hasUnsent) event.preventDefault();
    }, { signal });
    // The link that led here needs the keys no more; a field that is being filled in does.
    if (!takesText(document.activeElement)) this.editor.focus();
  }

  /** @param {any} component */
  update(component) {
    this.streamlit = component;
    this.editor.update(component.data);
    this.#size();
    this.pageFocus.take();
  }

  #size() {
    const { root, data } = this.editor;
    const top = root.getBoundingClientRect().top + window.scrollY;
    const height = data.height === 'fill' ? window.innerHeight - top - BELOW_PX : data.height;
    root.style.setProperty('--editor-height', `${Math.max(LEAST_HEIGHT_PX, height)}px`);
  }

  close() {
    this.ends.abort();
    this.editor.close();
  }
}

/** Takes what Streamlit hands to a component. */
export default mounting((/** @type {any} */ { parentElement, data }) => new Mounted(parentElement, data));
