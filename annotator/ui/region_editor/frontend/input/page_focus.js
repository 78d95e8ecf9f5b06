/**
 * The page around the editor: after something was chosen in one of its menus, or a control of it
 * was clicked, the keys are the image's again.
 */
import { takesText } from './keyboard.js';

/** Menus put the focus where they want it just after the choice. */
const AFTER_CHOICE_MS = 80;
const CHOICES = '[role="option"], [role="menuitem"], [role="menuitemradio"]';
const CONTROLS = 'button, a, label, [role="radio"], [role="checkbox"], [role="switch"]';
/** What keeps the focus while it is open. */
const OPEN = '[role="dialog"], [role="menu"], [role="listbox"], [data-baseweb="popover"]';
/** Where one chooses several: the menu stays open. */
const SEVERAL = '[data-testid="stMultiSelect"]';

export class PageFocus {
  /** @param {HTMLElement} root  @param {() => void} focus  @param {AbortSignal} signal */
  constructor(root, focus, signal) {
    this.root = root;
    this.focus = focus;
    /** Whether the control that has the focus was used by mouse or menu and not gone to by keys. */
    this.isDue = false;
    window.addEventListener('click', (event) => this.#clicked(event), { capture: true, signal });
    window.addEventListener('keydown', (event) => this.#pressed(event), { capture: true, signal });
  }

  /** @type {(event: MouseEvent) => void} */
  #clicked(event) {
    const [target] = event.composedPath();
    if (!(target instanceof Element) || event.composedPath().includes(this.root)) return;
    // Enter on a button is a click too: whoever goes by keys stays there.
    if (target.closest(CHOICES)) this.#chosen();
    else if (event.detail > 0 && target.closest(CONTROLS)) this.isDue = true;
  }

  /** @type {(event: KeyboardEvent) => void} */
  #pressed(event) {
    const [target] = event.composedPath();
    if (event.key === 'Tab') this.isDue = false;
    if (event.key !== 'Enter' || !(target instanceof Element)) return;
    const box = target.closest('[role="combobox"]');
    if (box?.getAttribute('aria-expanded') === 'true' && !event.composedPath().includes(this.root)) this.#chosen();
  }

  /** @type {(focused: Element | null) => boolean} */
  #isInside(focused) {
    return this.root.contains(focused) || Boolean(focused?.shadowRoot?.contains(this.root));
  }

  #chosen() {
    if (document.activeElement?.closest(SEVERAL)) return;
    this.isDue = true;
    setTimeout(() => this.take(true), AFTER_CHOICE_MS);
  }

  /** Give the focus to the image if it is due, for example when the page has run.
   * @type {(wasChosen?: boolean) => void} */
  take(wasChosen = false) {
    const focused = document.activeElement;
    if (!this.isDue || document.querySelector(OPEN)) return;
    if (this.#isInside(focused)) {
      this.isDue = false;
      return;
    }
    const isField = takesText(focused) && !focused?.closest('[role="combobox"], [data-baseweb="select"]');
    if (isField && !wasChosen) return;
    this.isDue = false;
    this.focus();
  }
}
