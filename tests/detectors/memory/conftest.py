"""One thread for these tests: their matrices are small, and waiting threads slow a busy machine down."""

import faiss
import pytest
import torch

from detectors.memory import near_centres, nearest


@pytest.fixture(autouse=True, scope="package")
def _one_thread():
    threads = torch.get_num_threads(), faiss.omp_get_max_threads()
    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    yield
    torch.set_num_threads(threads[0])
    faiss.omp_set_num_threads(threads[1])


@pytest.fixture(scope="module", params=["bfloat16", "float32"])
def _processor(request):
    """Every test runs as on a processor with instructions for bfloat16, and as on one without."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (nearest, near_centres):
            patch.setattr(module, "multiplies_bfloat16", lambda _: request.param == "bfloat16")
        yield
