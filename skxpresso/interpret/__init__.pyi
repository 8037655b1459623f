from .attribution import Attribution as Attribution
from .methods import attribute as attribute
from .mutagenesis import saturation_mutagenesis as saturation_mutagenesis
