from .annotation import Annotation as Annotation
from .annotation import read_annotation as read_annotation
from .haplotypes import haplotype_effects as haplotype_effects
from .promoters import genes_from_genome as genes_from_genome
from .reference import Genome as Genome
from .tiling import Track as Track
from .tiling import scan as scan
from .variants import variant_effects as variant_effects
