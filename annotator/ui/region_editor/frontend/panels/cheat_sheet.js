/** The sheet of keys, written from the table of commands. */
import { COMMANDS, FAMILIES, shownKey } from '../input/commands.js';
import { element } from './elements.js';

/** @type {(keys: string[], title: string) => Node[]} */
const row = (keys, title) => [
  element('dt', {}, ...keys.map((key) => element('kbd', {}, key))), element('dd', {}, title)];

/** @type {(group: string) => Node} */
function section(group) {
  const alone = COMMANDS.filter((command) => command.group === group && !command.inFamily);
  const families = FAMILIES.filter((family) => family.group === group);
  return element('section', {}, element('h3', {}, group), element('dl', {},
    ...families.flatMap(({ keys, title }) => row([keys], title)),
    ...alone.flatMap(({ keys, title }) => row(keys.map(shownKey), title))));
}

export class CheatSheet {
  /** @param {() => void} closed */
  constructor(closed) {
    this.closed = closed;
    const groups = [...new Set(COMMANDS.map((command) => command.group))];
    this.button = element('button', { type: 'button', class: 'plain' }, 'Close');
    this.button.addEventListener('click', () => this.toggle());
    this.node = element('div', { class: 'sheet', role: 'dialog', 'aria-label': 'Keys', hidden: true },
      element('header', {}, element('h2', {}, 'Keys'), this.button),
      element('div', { class: 'columns' }, ...groups.map(section)));
  }

  get isOpen() {
    return !this.node.hidden;
  }

  toggle() {
    this.node.hidden = this.isOpen;
    if (this.isOpen) this.button.focus({ preventScroll: true });
    else this.closed();
  }
}
