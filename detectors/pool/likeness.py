"""How much two pictures show the same, whatever their brightness and small shifts.

Images of one product all look alike: hashes and embeddings propose pairs, this decides. It correlates the
pictures' spectra with magnitudes largely evened out (between phase correlation, Kuglin and Hines 1975, and
plain correlation), so that what is individual about a part counts, not the layout that all parts share. Only
frequencies that survive a JPEG compression are used.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft

from detectors.memory.arrays import Float32Array, IndexArray
from detectors.pool.looks import FINGERPRINT_PX

_LOWEST, _HIGHEST = 0.03, 0.25
"""The band of frequencies, in cycles a fingerprint pixel."""

_EVENED_OUT = 0.8
"""0: plain correlation, 1: phases only."""

_REACH_PX, _STEP_PX = 5.0, 0.5
"""Shifts up to 4 % of the side are found."""

_CHUNK = 1_024
_KEPT = int(_HIGHEST * FINGERPRINT_PX)

Spectra = npt.NDArray[np.complex64]


def spectra_of(fingerprints: npt.NDArray[np.uint8]) -> Spectra:
    """(N, 64, 33) spectra of length 1 of (N, 128, 128) fingerprints; a picture of one colour has zeros."""
    return np.concatenate(
        [_spectra(fingerprints[start : start + _CHUNK]) for start in range(0, len(fingerprints), _CHUNK)]
    )


def _spectra(fingerprints: npt.NDArray[np.uint8]) -> Spectra:
    pictures = fingerprints.astype(np.float32)
    pictures -= pictures.mean(axis=(1, 2), keepdims=True)
    window = np.hanning(FINGERPRINT_PX).astype(np.float32)
    full = scipy.fft.rfft2(pictures * window[:, None] * window)
    rows, columns = _frequencies()
    kept = np.concatenate([full[:, :_KEPT], full[:, -_KEPT:]], axis=1)[:, :, : _KEPT + 1]
    radius = np.hypot(rows[:, None], columns)
    magnitude = np.abs(kept)
    kept = kept / np.maximum(magnitude, 1e-3) ** _EVENED_OUT * ((radius > _LOWEST) & (radius < _HIGHEST))
    energy = np.sqrt((_weights() * np.abs(kept) ** 2).sum(axis=(1, 2), keepdims=True))
    return np.asarray(kept / np.maximum(energy, 1e-3), np.complex64)


def likenesses(spectra: Spectra, pairs: IndexArray) -> Float32Array:
    """(P,) likeness of each pair of (P, 2) positions: 1 for the same picture, about 0 for unrelated ones."""
    rows, columns = _frequencies()
    shifts = np.arange(-_REACH_PX, _REACH_PX + _STEP_PX, _STEP_PX)
    over_rows = np.exp(2j * np.pi * np.outer(shifts, rows)).astype(np.complex64)
    over_columns = np.exp(2j * np.pi * np.outer(columns, shifts)).astype(np.complex64)
    found = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), _CHUNK):
        first, second = pairs[start : start + _CHUNK].T
        product = spectra[first] * spectra[second].conj() * _weights()
        correlation = (over_rows @ product @ over_columns).real
        found[start : start + _CHUNK] = correlation.max(axis=(1, 2))
    return found


def _frequencies() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Cycles a pixel of the kept rows and columns."""
    rows = np.fft.fftfreq(FINGERPRINT_PX)
    return np.concatenate([rows[:_KEPT], rows[-_KEPT:]]), np.arange(_KEPT + 1) / FINGERPRINT_PX


def _weights() -> Float32Array:
    """A real picture's spectrum holds each column but the first twice."""
    return np.where(np.arange(_KEPT + 1) == 0, 1, 2).astype(np.float32)
