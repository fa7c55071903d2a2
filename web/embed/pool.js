// Which figures of the page live: at most three have a worker; the others wait, saved, until they are seen.

const LIMIT = 3;
/** Nothing is fetched for a figure farther from the viewport than this. */
const MARGIN = '200px';

/**
 * What the pool knows of a figure.
 * @typedef {Element & {
 *   approach(): void,
 *   seen(visible: boolean): void,
 *   resume(): void,
 *   suspend(): Promise<void>,
 *   queued(waiting: boolean): void,
 *   beside(playing: number): void,
 * }} Member
 */

/** Figures with a worker, the one seen or used longest ago first. @type {Set<Member>} */
const live = new Set();
/** Figures whose worker is being saved. @type {Set<Member>} */
const leaving = new Set();
/** Figures that want a worker. @type {Set<Member>} */
const waiting = new Set();
/** @type {WeakSet<Element>} */
const near = new WeakSet();
/** @type {WeakSet<Element>} */
const visible = new WeakSet();

/** @type {{ near: IntersectionObserver, visible: IntersectionObserver } | undefined} */
let observers;

function observe() {
  observers ??= {
    near: new IntersectionObserver((entries) => entries.forEach(approached), { rootMargin: MARGIN }),
    visible: new IntersectionObserver((entries) => entries.forEach(appeared)),
  };
  return observers;
}

function approached({ target, isIntersecting }) {
  if (isIntersecting) {
    near.add(target);
    target.approach();
    request(target);
  } else {
    near.delete(target);
    waiting.delete(target);
  }
}

function appeared({ target, isIntersecting }) {
  if (isIntersecting) {
    visible.add(target);
    touch(target);
    settle();
  } else visible.delete(target);
  target.seen(isIntersecting);
  count();
}

/** Begins to watch where a figure is. @param {Member} figure */
export function join(figure) {
  const { near: one, visible: two } = observe();
  one.observe(figure);
  two.observe(figure);
}

/** A figure left the page. @param {Member} figure */
export function leave(figure) {
  const { near: one, visible: two } = observe();
  one.unobserve(figure);
  two.unobserve(figure);
  near.delete(figure);
  visible.delete(figure);
  waiting.delete(figure);
  if (live.has(figure)) evict(figure);
}

/** A figure wants a worker. @param {Member} figure */
export function request(figure) {
  if (live.has(figure)) return;
  waiting.add(figure);
  settle();
}

/** A figure's worker is gone. @param {Member} figure */
export function release(figure) {
  live.delete(figure);
  settle();
}

/** A figure was used: it is the last to be put aside. @param {Member} figure */
export function touch(figure) {
  if (live.delete(figure)) live.add(figure);
}

/** A visitor asked for this one, whatever else is in view. @param {Member} figure */
export function claim(figure) {
  if (live.has(figure) || !near.has(figure)) return;
  waiting.delete(figure);
  const others = [...waiting];
  waiting.clear();
  for (const member of [figure, ...others]) waiting.add(member);
  const [oldest] = [...live].filter((member) => !leaving.has(member));
  if (live.size >= LIMIT && leaving.size === 0 && oldest) evict(oldest);
  settle();
}

/** Tells the figures how many of them play. */
function count() {
  const playing = [...live].filter((member) => visible.has(member)).length;
  for (const member of live) member.beside(playing);
}

function settle() {
  const order = [...waiting].sort((a, b) => Number(visible.has(b)) - Number(visible.has(a)));
  for (const figure of order) {
    if (live.size < LIMIT) {
      waiting.delete(figure);
      live.add(figure);
      figure.queued(false);
      figure.resume();
    } else if (leaving.size === 0 && !evictFor(figure)) figure.queued(true);
  }
  count();
}

/** Puts aside the figure that is missed least, if there is one. @param {Member} figure */
function evictFor(figure) {
  const idle = [...live].filter((member) => !visible.has(member));
  const victim = idle.find((member) => !near.has(member)) ?? (visible.has(figure) ? idle[0] : undefined);
  if (victim) evict(victim);
  return Boolean(victim);
}

/** @param {Member} figure */
async function evict(figure) {
  if (leaving.has(figure)) return;
  leaving.add(figure);
  await figure.suspend();
  leaving.delete(figure);
  live.delete(figure);
  if (near.has(figure)) waiting.add(figure);
  settle();
}
