from .attribution import Attribution as Attribution
from .mutagenesis import saturation_mutagenesis as saturation_mutagenesis
