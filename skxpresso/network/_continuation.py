"""Training that continues: from fitted weights, or exactly where it paused."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso._utils.table import shorten
from skxpresso.network._attributes import FittedAttributes
from skxpresso.network._pause import Pause, digest_of_rows, settled_parameters
from skxpresso.network.inputs import Inputs
from skxpresso.network.targets import TrainingRows

__all__ = ["Continuation"]


class Continuation(FittedAttributes):
    """What `warm_start` means, and what it needs."""

    schedule: str
    epochs: int
    n_estimators: int
    callbacks: Any
    get_params: Any

    @property
    def _resumes(self) -> dict[str, str]:
        """Name the parameters up to more of which a fit goes on, with the `warm_start` for it."""
        return {"epochs": "resume"} if self.schedule == "constant" and not self.callbacks else {}

    def _check_can_pause(self) -> None:
        if self.schedule != "constant":
            raise ValueError(
                "warm_start='resume' needs schedule='constant', since the others hang on the "
                f"number of epochs or on epochs before, got {self.schedule!r}"
            )

    def _place(self, settings: Any, rows: TrainingRows, seed: int) -> Pause:
        parameters = settled_parameters(self.get_params(), list(asdict(settings)))
        digest = digest_of_rows(rows.genes, rows.held_out)
        return Pause(seed, digest, parameters, self.epochs, ())

    def _initial_weights(
        self, inputs: Inputs, n_outputs: int
    ) -> list[npt.NDArray[np.float32]] | None:
        """Return the weights that training starts from, of the first layers if not of all.

        None where all are drawn.
        """
        starts = self._goes_on() and self._resumed() is None
        return self._network.members[0].weights if starts else None

    def _goes_on(self) -> bool:
        return bool(self.warm_start) and self._is_fitted()

    def _check_can_go_on(self, settings: Any) -> None:
        if self.warm_start == "resume" and self._resumed() is None:
            raise ValueError(
                "warm_start='resume' goes on with a fit that had warm_start='resume', but this "
                f"{type(self).__name__} was fitted without; warm_start=True trains on from its "
                "weights, and clone gives one that is not fitted"
            )
        fitted = self._network.settings
        if settings != fitted:
            raise ValueError(
                f"warm_start={self.warm_start} continues with the fitted network, "
                f"{shorten(fitted, 160)}, but the parameters now describe {shorten(settings, 160)}"
            )
        n_fitted = len(self._network.members)
        if self.n_estimators != n_fitted and self.warm_start != "resume":
            raise ValueError(
                f"warm_start=True continues with the {n_fitted} fitted network(s), so n_estimators "
                f"must be {n_fitted}, got {self.n_estimators}"
            )
        if self.n_init != 1 and self.warm_start != "resume":
            raise ValueError(
                f"n_init must be 1 to continue with warm_start=True, got {self.n_init}"
            )
