# Makes a data set with the authors' package and writes it to stdout: for each array its length, then its numbers, all 64-bit.
import json, struct, sys
from types import SimpleNamespace

import numpy as np
from mnist1d.data import get_dataset_args, make_dataset

args = get_dataset_args(as_dict=True)
args.update(json.loads(sys.argv[1]))
data = make_dataset(SimpleNamespace(**args))
for name in ["x", "y", "x_test", "y_test", "t"]:
    values = np.ascontiguousarray(data[name], dtype="<f8").ravel()
    sys.stdout.buffer.write(struct.pack("<q", values.size) + values.tobytes())
