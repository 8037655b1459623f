from ._file import FORMAT_VERSION as FORMAT_VERSION
from ._file import load_pipeline as load_pipeline
from ._file import save_pipeline as save_pipeline
from ._trusted import OWN_TYPES as OWN_TYPES
from ._trusted import TRUSTED_TYPES as TRUSTED_TYPES
from .pretrained import load_pretrained as load_pretrained
from .zero_halflife import ZeroHalfLife as ZeroHalfLife
