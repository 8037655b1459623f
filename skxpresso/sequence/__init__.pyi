from .composition import CompositionEncoder as CompositionEncoder
from .encoder import OneHotPromoterEncoder as OneHotPromoterEncoder
from .kmers import KmerCountEncoder as KmerCountEncoder
from .letters import decode as decode
from .letters import reverse_complement as reverse_complement
from .onehot import OneHotMatrix as OneHotMatrix
from .packed import pack_promoters as pack_promoters
from .shuffling import PromoterShuffler as PromoterShuffler
