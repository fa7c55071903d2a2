// What all kernels share: one invocation for each node of a grid, numbered column after column, and sums over workgroups.

struct Grid {
    // Elements.
    width: u32,
    height: u32,
    // 1 in the first iteration of a solution.
    first: u32,
    // Which of two scalars this iteration writes.
    parity: u32,
}

const LANES = 128u;

var<workgroup> sums: array<f32, 128>;

// The sum over a workgroup, in pairs, for all of its lanes.
fn summed(value: f32, lane: u32) -> f32 {
    workgroupBarrier();
    sums[lane] = value;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if lane < half {
            sums[lane] += sums[lane + half];
        }
        workgroupBarrier();
    }
    return sums[0];
}
