// Conjugate gradients: the next direction, from the preconditioned rest z and the last direction p.

@group(0) @binding(0) var<uniform> grid: Grid;
// Sums of r'z of all workgroups.
@group(0) @binding(1) var<storage, read> products: array<f32>;
@group(0) @binding(2) var<storage, read> z: array<vec2f>;
// r'z of this iteration and the last.
@group(0) @binding(3) var<storage, read_write> scalars: array<f32>;
@group(0) @binding(4) var<storage, read_write> p: array<vec2f>;

@compute @workgroup_size(128)
fn turn(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    var part = 0.0;
    for (var at = lane; at < arrayLength(&products); at += LANES) {
        part += products[at];
    }
    let product = summed(part, lane);
    if id.x == 0u {
        scalars[grid.parity] = product;
    }
    if id.x >= arrayLength(&p) {
        return;
    }
    var next = z[id.x];
    if grid.first == 0u {
        next += product / scalars[1u - grid.parity] * p[id.x];
    }
    p[id.x] = next;
}
