"""Scripts that watch a page of the editor from inside, for the benchmark of the editor."""

from __future__ import annotations

# When the last button came up, and when the outbox was empty again.
WATCH_SAVING = """() => {
  const host = [...document.querySelectorAll('*')]
    .find((n) => n.shadowRoot?.querySelector('.saved'));
  const saved = host.shadowRoot.querySelector('.saved');
  window.took_ms = [];
  let up = 0;
  window.addEventListener('pointerup', () => { up = performance.now(); }, { capture: true });
  new MutationObserver(() => {
    if (saved.dataset.state !== 'saved' || !up) return;
    window.took_ms.push(performance.now() - up);
    up = 0;
  }).observe(saved, { attributes: true, attributeFilter: ['data-state'] });
}"""
# When a key went down: before the editor, which lets nobody else hear the keys it takes.
WATCH_KEYS = """window.addEventListener('keydown', () => {
  window.down_ms = performance.now();
}, { capture: true });"""
# From the last key to the outbox being empty again.
WATCH_ACTS = """() => {
  const host = [...document.querySelectorAll('*')]
    .find((n) => n.shadowRoot?.querySelector('.saved'));
  const saved = host.shadowRoot.querySelector('.saved');
  window.took_ms = [];
  new MutationObserver(() => {
    if (saved.dataset.state !== 'saved' || !window.down_ms) return;
    window.took_ms.push(performance.now() - window.down_ms);
    window.down_ms = 0;
  }).observe(saved, { attributes: true, attributeFilter: ['data-state'] });
}"""
# From the last key to the next image being painted.
WATCH_IMAGES = """() => {
  const host = [...document.querySelectorAll('*')]
    .find((n) => n.shadowRoot?.querySelector('.stage'));
  const stage = host.shadowRoot.querySelector('.stage');
  window.took_ms = [];
  new MutationObserver(() => {
    if (!stage.dataset.painted || !window.down_ms) return;
    window.took_ms.push(Number(stage.dataset.painted) - window.down_ms);
    window.down_ms = 0;
  }).observe(stage, { attributes: true, attributeFilter: ['data-painted'] });
}"""
# From the choice of a rival to its map being there to be drawn in the next frame.
ASK_WHY = """([rival, title]) => new Promise((done) => {
  const host = [...document.querySelectorAll('*')]
    .find((n) => n.shadowRoot?.querySelector('.map-state'));
  const [select, state, why] = ['#rival', '.map-state', '.why-state']
    .map((n) => host.shadowRoot.querySelector(n));
  const begun = performance.now();
  let begins = false;
  const look = () => {
    const isComputing = why.textContent.startsWith('Computing');
    begins ||= isComputing;
    const failed = begins && why.textContent && !isComputing;
    if (state.textContent === title) done(performance.now() - begun);
    else if (failed) done(null);
    else requestAnimationFrame(look);
  };
  select.value = rival;
  select.dispatchEvent(new Event('change'));
  look();
})"""
FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const tick = (now) => {
    window.frames_ms.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""
