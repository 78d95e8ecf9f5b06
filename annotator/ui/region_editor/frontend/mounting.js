/**
 * One editor a place on the page, for as long as the place is there. Pure.
 *
 * Streamlit calls a component's default export each time Python's data change, and runs the
 * function that a call returned when the component goes; but also when that call was overtaken
 * by newer data while it was under way. Then the editor, with what is selected, being drawn and
 * to be undone in it, has to stay: what tells is whether its place is still on the page.
 */

/**
 * @template {{isConnected: boolean}} Place
 * @template {{parentElement: Place}} Component
 * @param {(component: Component) => {update(component: Component): void, close(): void}} create
 * @returns {(component: Component) => () => void}
 */
export function mounting(create) {
  /** @type {WeakMap<Place, ReturnType<typeof create>>} */
  const mounted = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    const instance = mounted.get(parentElement) ?? create(component);
    mounted.set(parentElement, instance);
    instance.update(component);
    return () => {
      if (parentElement.isConnected || mounted.get(parentElement) !== instance) return;
      mounted.delete(parentElement);
      instance.close();
    };
  };
}
