#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the files of this folder, all by numpy's own writers:

    python3 tests/data/npy/make_npy_files.py

Element i of each array, rows first, is (i - 11) * 0.375 for floats, i - 11 for signed integers, 10 * i for unsigned ones
and i % 3 == 0 for bool. The shape is [2, 3, 4] unless the name says otherwise.
"""
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parent
SHAPE = (2, 3, 4)


def values(dtype, shape=SHAPE):
    i = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    kind = np.dtype(dtype).kind
    return {"f": (i - 11) * 0.375, "i": i - 11, "u": 10 * i, "b": i % 3 == 0}[kind].astype(dtype)


def save(name, array, version=None):
    with open(FOLDER / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)


for dtype in ("b1", "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
    save(dtype, values(dtype))
for dtype in (">f2", ">f4", ">f8", ">i2", ">i8", ">u4"):
    save(f"{dtype[1:]}_big_endian", values(dtype))
save("f8_columns", np.asfortranarray(values("f8")))
save("f4_columns_big_endian", np.asfortranarray(values(">f4")))
save("f8_version2", values("f8"), (2, 0))
save("f8_version3", values("f8"), (3, 0))
save("f8_scalar", values("f8", ()))
save("f8_vector24", values("f8", (24,)))
save("f8_empty_3_0_2", values("f8", (3, 0, 2)))
save("f8_shape_3_1_1_2_2_2", np.asfortranarray(values("f8", (3, 1, 1, 2, 2, 2))))
save("complex", values("f8").astype("c16"))
save("text", np.array(["a", "bc"]))
save("fields", np.zeros(3, dtype=[("a", "f8"), ("b", "i4")]))
np.save(FOLDER / "pickled.npy", np.array([{}, []], dtype=object), allow_pickle=True)

arrays = {"weights": values("f4", (4, 6)), "bias": np.asfortranarray(values("f8", (2, 3))), "arr_10": values("i8"), "arr_2": values("u1")}
np.savez(FOLDER / "stored.npz", **arrays)
np.savez_compressed(FOLDER / "packed.npz", **arrays, zeros=np.zeros((50, 50)))
np.savez(FOLDER / "none.npz")
