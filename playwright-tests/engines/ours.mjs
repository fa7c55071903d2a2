// Our own engine on the CPU: the module of the crate `engines`, and its twin where the browser has relaxed SIMD.

export async function open() {
  const module = await import('/engines/engines.js');
  await module.default({ module_or_path: '/engines/engines_bg.wasm' });
  return {
    async prepare({ id }) {
      module.prepare(id);
    },
    async outputs() {
      return module.outputs();
    },
    async run(steps) {
      return module.run(steps);
    },
  };
}
