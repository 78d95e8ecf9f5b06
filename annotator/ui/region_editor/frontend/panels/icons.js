/** The editor's icons, as paths in a 24 by 24 square. */
import { drawn } from './elements.js';

/** @type {Record<string, string>} */
const PATHS = {
  select: 'M6 3.5l12 8-5.6 1.2L9.6 18z',
  box: 'M4.5 6.5h15v11h-15z',
  ellipse: 'M12 6c4.7 0 8 2.6 8 6s-3.3 6-8 6-8-2.6-8-6 3.3-6 8-6z',
  polygon: 'M12 4l8 6-3 9.5H7L4 10z',
  freehand: 'M4 17c2-8 5.5-12 8-10.5S9 16 12 17s5-5 8-9',
  point: 'M12 9.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM12 3.5v3M12 17.5v3M3.5 12h3M17.5 12h3',
  brush: 'M20 4c-4.5 2.5-8 6-10 9.5l1.5 1.5C15 13 18 9 20 4zM9.5 14.5c-2 0-3 1.2-3.2 3-.1 1.2-.9 1.8-2.3 2 3.5 1.2 7.5.4 7.5-3z',
  eraser: 'M8.5 19.5l-4-4 9.5-10 5.5 5.5-8 8.5zM9.2 10.6l5.4 5.5M8.5 19.5h11',
  fill: 'M11 4.5l7.5 7.5-7 6.5-7-7zM4.8 11.8h13.4M20 14.5c1 1.6 1.5 2.5 1.5 3.3a1.5 1.5 0 01-3 0c0-.8.5-1.7 1.5-3.3z',
  scissors: 'M6.5 4.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM6.5 14.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM8.6 8.4L20 17.5M8.6 15.6L20 6.5',
  island: 'M12 5.5c4 0 7 2.5 7 6.5s-3 6.5-7 6.5-7-2.5-7-6.5 3-6.5 7-6.5zM8.8 12.3l2.2 2.2 4.2-4.6',
  islands: 'M9 5.5a4 4 0 100 8 4 4 0 000-8zM16.5 15v.1M18.5 9v.1M13 18.5v.1',
  ruler: 'M3.5 15.5l12-12 5 5-12 12zM8 11l2 2M11 8l2 2M14 5l1.6 1.6',
  'window-frame': 'M4.5 9V4.5H9M19.5 9V4.5H15M4.5 15v4.5H9M19.5 15v4.5H15M12 8.5a3.5 3.5 0 100 7zM12 8.5a3.5 3.5 0 010 7',
  window: 'M12 4a8 8 0 100 16 8 8 0 000-16zM12 4v16M12 8h6.8M12 12h8M12 16h6.8',
  undo: 'M9 8.5H4.5V4M4.5 8.5C7.5 5 14 4 17 8.5s0 10.5-6 10.5',
  redo: 'M15 8.5h4.5V4M19.5 8.5C16.5 5 10 4 7 8.5s0 10.5 6 10.5',
  plus: 'M12 5.5v13M5.5 12h13',
  minus: 'M5.5 12h13',
  fit: 'M4.5 9V4.5H9M19.5 9V4.5H15M4.5 15v4.5H9M19.5 15v4.5H15',
  invert: 'M4.5 4.5h15v15h-15zM4.5 19.5l15-15',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5z',
  map: 'M12 3.5c3.5 4.5 5.5 7.5 5.5 10.5a5.5 5.5 0 01-11 0c0-3 2-6 5.5-10.5zM9.5 14.5a2.5 2.5 0 002.5 2.5',
  help: 'M9.3 9.3a2.8 2.8 0 115 1.7c-1.2 1-2.3 1.5-2.3 3.2M12 17.8v.1',
  previous: 'M14.5 5.5L8 12l6.5 6.5',
  next: 'M9.5 5.5L16 12l-6.5 6.5',
  accept: 'M5 12.5l4.5 4.5L19 7.5',
  reject: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  undecided: 'M9.3 9.3a2.8 2.8 0 115 1.7c-1.2 1-2.3 1.5-2.3 3.2M12 17.8v.1',
  added: 'M12 5.5v13M5.5 12h13',
  edited: 'M5 19l1-4L16 5l3 3L9 18z',
  label: 'M4.5 12.5v-7h7l8 8-7 7zM8.5 9.5v.1',
  face: 'M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM9 10v.1M15 10v.1M8.5 14.5c2 1.9 5 1.9 7 0',
  flag: 'M6 20.5V4.5M6 5h11l-2.5 4L17 13H6',
  note: 'M5 5h14v9.5L14.5 19H5zM14.5 19v-4.5H19M8.5 9h7M8.5 12.5h4',
  skip: 'M5.5 6l7 6-7 6zM14 6l6 6-6 6',
  sign: 'M4.5 12.5l4 4 7-8M12 16l1 .8L20 8.5',
  compare: 'M4.5 5.5h15v13h-15zM12 4v16M7 9.5h2.5M7 12.5h2.5',
  front: 'M9 4.5h10.5V15H9zM6.5 9H4.5v10.5H15v-2',
  back: 'M4.5 9H15v10.5H4.5zM9 6.5v-2h10.5V15h-2',
  duplicate: 'M9 9h10.5v10.5H9zM6.5 15H4.5V4.5H15v2',
  edges: 'M4.5 19.5L14.5 9.5M12.8 7.8l3.4 3.4M14.5 3.5v2.5M20.5 9.5H18M18.7 5.3L17 7M10.3 5.3L12 7',
  trash: 'M5.5 7.5h13M9.5 7.5V5h5v2.5M7 7.5l.8 11.5h8.4L17 7.5',
};

/** An icon by its name, or by its path. @type {(name: string) => SVGSVGElement} */
export function icon(name) {
  return drawn('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' },
    drawn('path', { d: PATHS[name] ?? name }));
}

/** The icon that stands for a decision. @type {(decision: string) => string} */
export const decisionIcon = (decision) => ({
  accepted: 'accept', rejected: 'reject', edited: 'edited', added: 'added',
}[decision] ?? 'undecided');
