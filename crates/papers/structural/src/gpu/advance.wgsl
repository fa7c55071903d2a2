// Conjugate gradients: one step along p, and the squared length of what is then left.

@group(0) @binding(0) var<uniform> grid: Grid;
// Sums of p'Kp of all workgroups.
@group(0) @binding(1) var<storage, read> products: array<f32>;
@group(0) @binding(2) var<storage, read> scalars: array<f32>;
@group(0) @binding(3) var<storage, read> p: array<vec2f>;
@group(0) @binding(4) var<storage, read> pushed: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> solution: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> rest: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> squares: array<f32>;

@compute @workgroup_size(128)
fn advance(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    var part = 0.0;
    for (var at = lane; at < arrayLength(&products); at += LANES) {
        part += products[at];
    }
    let resistance = summed(part, lane);
    var step = 0.0;
    if resistance > 0.0 {
        step = scalars[grid.parity] / resistance;
    }
    var square = 0.0;
    if id.x < arrayLength(&rest) {
        solution[id.x] += step * p[id.x];
        let left = rest[id.x] - step * pushed[id.x];
        rest[id.x] = left;
        square = dot(left, left);
    }
    let sum = summed(square, lane);
    if lane == 0u {
        squares[group.x] = sum;
    }
}
