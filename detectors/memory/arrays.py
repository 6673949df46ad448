"""Names for the array types of this package."""

from typing import Any

import numpy as np
import numpy.typing as npt

AnyArray = npt.NDArray[Any]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
Float16Array = npt.NDArray[np.float16]
Float32Array = npt.NDArray[np.float32]
Int32Array = npt.NDArray[np.int32]
IndexArray = npt.NDArray[np.int64]
