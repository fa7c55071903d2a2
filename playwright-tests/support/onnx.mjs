// Small ONNX files written by hand, good and hostile: what a visitor might drop on a figure.
// Field numbers are those of onnx.proto3 (https://github.com/onnx/onnx).

const utf8 = new TextEncoder();

function varint(value) {
  const bytes = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}

const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field, data) => Buffer.concat([varint(field * 8 + 2), varint(data.length), data]);
const text = (field, value) => bytes(field, Buffer.from(utf8.encode(value)));
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));

function valueInfo(field, name, shape) {
  const dims = shape.map((size) => message(1, typeof size === 'number' ? number(1, size) : text(2, size)));
  return message(field, text(1, name), message(2, message(1, number(1, 1), message(2, ...dims))));
}

function tensor(name, shape, values) {
  const dims = Buffer.concat(shape.map((size) => number(1, size)));
  return message(5, dims, number(2, 1), text(8, name), bytes(9, Buffer.from(new Float32Array(values).buffer)));
}

const node = (op, inputs, output) => message(1, ...inputs.map((name) => text(1, name)), text(2, output), text(4, op));

/** `field = x · matrix`: input `x [batch, rows]`, output `field [batch, columns]`; `matrix` is a list of rows. */
export function linearField(matrix) {
  const [rows, columns] = [matrix.length, matrix[0].length];
  const graph = message(
    7,
    node('MatMul', ['x', 'matrix'], 'field'),
    text(2, 'linear'),
    tensor('matrix', [rows, columns], matrix.flat()),
    valueInfo(11, 'x', ['batch', rows]),
    valueInfo(12, 'field', ['batch', columns]),
  );
  return Buffer.concat([number(1, 8), text(2, 'playwright-tests'), graph, message(8, text(1, ''), number(2, 18))]);
}

/** A harmonic oscillator of `dimension` coordinates (all q, then all p), turning at twice the unit rate. */
export function oscillator(dimension = 2) {
  const half = dimension / 2;
  const entry = (row, column) => (column === row - half ? 2 : column === row + half ? -2 : 0);
  return linearField(Array.from({ length: dimension }, (_, row) => Array.from({ length: dimension }, (__, column) => entry(row, column))));
}

/** A classifier that has learned nothing: logit k is the k-th of the `inputs` numbers. */
export function classifier(inputs, classes) {
  const row = (index) => Array.from({ length: classes }, (_, column) => Number(index === column));
  return linearField(Array.from({ length: inputs }, (_, index) => row(index)));
}

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** What must be refused with a message, by what is wrong with it. */
export const hostile = {
  empty: Buffer.alloc(0),
  truncated: oscillator().subarray(0, 60),
  foreign: png,
  'wrong shape': linearField([[0, 1, 0], [1, 0, 0], [0, 0, 1]]),
  'NaN weight': linearField([[NaN, -2], [2, 0]]),
};
