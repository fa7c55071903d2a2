// Types of <playable-paper>, the element that embed.js defines. Its attributes are explained there.

/** A number of a figure in words, shown beside it. */
export interface Readout {
  /** Stable name. */
  id: string;
  /** What it is, e.g. "Energy drift, Hamiltonian". */
  label: string;
  /** The value as shown, with its unit. */
  text: string;
  /** The value itself, where there is one. */
  number: number | null;
}

/** One control of a figure. */
export type Control =
  | { kind: 'slider'; id: string; label: string; unit: string; min: number; max: number; step: number; default: number }
  | { kind: 'toggle'; id: string; label: string; default: boolean }
  | { kind: 'choice'; id: string; label: string; options: { id: string; label: string }[]; default: string }
  | { kind: 'button'; id: string; label: string };

/** What a figure is. */
export interface Spec {
  title: string;
  /** What is drawn. */
  summary: string;
  /** What one can do. */
  help: string;
  /** Width over height where there is room (from 560 px on). */
  aspect_wide: number;
  /** Width over height on a phone. */
  aspect_narrow: number;
  controls: Control[];
  /** What a visitor's ONNX file must honour; null where the figure takes none. */
  model_contract: string | null;
  /** Whether strokes on the figure paint. */
  paints: boolean;
}

/** The events of a <playable-paper>; none of them bubbles. */
export interface PlayablePaperEventMap {
  /** The figure plays: at the start, and whenever it comes back after it was put aside. `files` are the addresses it was made of. */
  ready: CustomEvent<{ figure: string; spec: Spec; files: string[] }>;
  /** State, readouts or the pause are others than before; at most twenty times a second. */
  change: CustomEvent<{ state: string; readouts: Readout[]; paused: boolean }>;
  /** Something was refused, and all is as before; or, `fatal`, the figure cannot go on until the visitor tries again. */
  error: CustomEvent<{ message: string; fatal: boolean }>;
  /** What the figure says on its last line, e.g. that it runs on WebGPU now. */
  notice: CustomEvent<{ message: string }>;
}

/** A figure of a paper. Calls before it is ready are kept for it. */
export class PlayablePaper extends HTMLElement {
  /** Goes on. */
  play(): void;
  /** Stops. */
  pause(): void;
  /** One step while it is paused. */
  step(): void;
  /** Back to the defaults. */
  reset(): void;
  /** The state as a string of at most 2 kB: what differs from the defaults, e.g. `seed=3&noise=0.2&start=1,0`. */
  getState(): string;
  /** Takes over a state; one that cannot be read is refused with an `error` event. */
  setState(state: string): void;
  /** The readout of this name, once the figure is ready. */
  readout(id: string): Readout | undefined;

  addEventListener<Type extends keyof PlayablePaperEventMap>(
    type: Type,
    listener: (this: PlayablePaper, event: PlayablePaperEventMap[Type]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<Type extends Exclude<keyof HTMLElementEventMap, keyof PlayablePaperEventMap>>(
    type: Type,
    listener: (this: PlayablePaper, event: HTMLElementEventMap[Type]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof PlayablePaperEventMap>(
    type: Type,
    listener: (this: PlayablePaper, event: PlayablePaperEventMap[Type]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener<Type extends Exclude<keyof HTMLElementEventMap, keyof PlayablePaperEventMap>>(
    type: Type,
    listener: (this: PlayablePaper, event: HTMLElementEventMap[Type]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'playable-paper': PlayablePaper;
  }
}
