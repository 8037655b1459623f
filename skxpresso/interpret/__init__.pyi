from .blocks import occlusion as occlusion
from .indels import deletions as deletions
from .indels import insertions as insertions
from .mutagenesis import saturation_mutagenesis as saturation_mutagenesis
from .pairs import dependency_map as dependency_map
from .pairs import epistasis as epistasis
