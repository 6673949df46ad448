"""What the training app tells the apps above it. Sent by keyword, never upwards by import.

`model_trained` and `champion_changed` are sent once the transaction has committed. `thresholds_changed` is
sent inside it, so that bands change together with the thresholds they come from.
"""

from django.dispatch import Signal

model_trained = Signal()  # model_version
champion_changed = Signal()  # dataset, model_version
thresholds_changed = Signal()  # model_version, threshold_set
