"""Nine human promoters with published predictions, which come with the package."""

from __future__ import annotations

import pandas as pd
from sklearn.utils import Bunch

from skxpresso.datasets._packed import read_description, read_packed, unpack_bases
from skxpresso.sequence.letters import decode

__all__ = ["load_human_promoters"]

_SHA256 = "b37b5335715134d984b8ae49f8c2ee0ed1db1c074d725757a99f1ecba2a19dc2"
_TSS = 7000
_LOCATION = ["assembly", "chrom", "start", "end", "strand"]


def load_human_promoters() -> Bunch:
    """Load nine human promoters of 10,500 nt with the published network's predictions.

    They are cut as the published human network expects them. Use them to try the network,
    or to check another way of running it. They are too few to train on.

    Returns
    -------
    sklearn.utils.Bunch
        - `data` : DataFrame of shape (9, 1), the column `promoter` (str, 10,500 nt of A, C,
          G, T on the gene's strand, 7,000 before the TSS and 3,500 from it); Ensembl genes
          as index;
        - `target` : Series of shape (9,), float64, `expression`: the median over human cell
          types, log10(RPKM + 0.1); NaN for two genes where it is not known;
        - `predictions` : Series of shape (9,), float64, of the network `human_median` without
          half-life, as published by Kipoi: z-scores of log10 expression;
        - `locations` : DataFrame of shape (9, 5), `assembly` (hg19 or hg38), `chrom`,
          `start`, `end` (0-based, half-open) and `strand`. On the strand - the promoter is
          the reverse complement of the genome there;
        - `tss` : int, 7000, the 0-based index of the TSS in each promoter;
        - `feature_names` : list of str, the columns of `data`;
        - `DESCR` : str, what the data are and where they come from.

    Raises
    ------
    OSError
        If the file of the package is missing, or its checksum is wrong.

    See Also
    --------
    fetch_pretrained : Gets the weights, which do not come with the package.
    skxpresso.load_pretrained : Makes a pipeline from the weights.

    Notes
    -----
    Sources: sequence of GRCh37 and GRCh38 (Genome Reference Consortium, free to use) from the
    test data of kipoi/kipoiseq (MIT licence) and the example reference of HISAT2; predictions
    and windows from kipoi/models, Xpresso (MIT licence), lifted to hg19 where needed;
    expression from vagarwal87/Xpresso (MIT licence), made from Roadmap Epigenomics. The file
    is `datasets/data/human_promoters.npz`, 25 kB, with the sha256
    b37b5335715134d984b8ae49f8c2ee0ed1db1c074d725757a99f1ecba2a19dc2, which is checked
    whenever it is loaded; `tools/pack_human.py` made it.

    References
    ----------
    Agarwal V, Shendure J (2020). Predicting mRNA abundance directly from genomic sequence
    using deep convolutional neural networks. Cell Reports 31:107663.

    Avsec Z, et al. (2019). The Kipoi repository accelerates community exchange and reuse of
    predictive models for genomics. Nature Biotechnology 37:592-600.

    Examples
    --------
    >>> from skxpresso.datasets import load_human_promoters
    >>> human = load_human_promoters()
    >>> human.data["promoter"].str.len().unique().tolist()
    [10500]
    >>> human.predictions.head(2)
    gene
    ENSG00000100170   -0.593118
    ENSG00000100191   -1.042529
    Name: published_prediction, dtype: float64
    >>> from skxpresso import load_pretrained
    >>> pipeline = load_pretrained("human_median", tss=human.tss)  # doctest: +SKIP
    >>> pipeline.predict(human.data) - human.predictions  # doctest: +SKIP
    """
    arrays = read_packed("human_promoters.npz", _SHA256)
    index = pd.Index(arrays["gene"].tolist(), name="gene")
    numbers = pd.DataFrame(
        {name: arrays[name] for name in ("expression", "published_prediction")}, index=index
    )
    locations = {name: arrays[name].tolist() for name in _LOCATION}
    return Bunch(
        data=pd.DataFrame({"promoter": decode(unpack_bases(arrays["packed"]))}, index=index),
        target=numbers["expression"],
        predictions=numbers["published_prediction"],
        locations=pd.DataFrame(locations, index=index),
        tss=_TSS,
        feature_names=["promoter"],
        DESCR=read_description("human_promoters.md"),
    )
