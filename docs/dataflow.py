"""Draw docs/dataflow.svg: how a table becomes predictions. Run: python docs/dataflow.py."""

from pathlib import Path

from matplotlib import rcParams
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

STEPS = [
    ("a table", "promoter, 20,000 letters\n8 half-life columns\none gene per row", "#e9ecef"),
    ("HalfLifeTransformer", "log10(x + 0.1), z-scores\nof the training rows", "#a9d6e5"),
    ("OneHotPromoterEncoder", "TSS − 7,000 … TSS + 3,500\none byte per base", "#a9d6e5"),
    ("XpressoRegressor", "convolutions, dense layers\none-hot only inside", "#2a6f97"),
    ("predictions", "expression, in the\nunits of y", "#e9ecef"),
]
WIDTH, HEIGHT, GAP = 2.5, 1.25, 0.55


def main() -> None:
    rcParams["svg.hashsalt"] = "skxpresso"  # the same picture gives the same file
    figure = Figure(figsize=(14.6, 2.3))
    ax = figure.add_axes((0, 0, 1, 1))
    for i, (name, what, colour) in enumerate(STEPS):
        x = i * (WIDTH + GAP)
        text = "white" if colour == "#2a6f97" else "black"
        box = FancyBboxPatch(
            (x, 0), WIDTH, HEIGHT, boxstyle="round,pad=0.08", facecolor=colour, edgecolor="0.3"
        )
        ax.add_patch(box)
        middle = x + WIDTH / 2
        ax.text(middle, 0.98, name, ha="center", va="center", weight="bold", size=12, color=text)
        ax.text(middle, 0.40, what, ha="center", va="center", size=10.5, color=text)
        if i:
            arrow = ((x - GAP + 0.1, HEIGHT / 2), (x - 0.1, HEIGHT / 2))
            ax.add_patch(FancyArrowPatch(*arrow, arrowstyle="-|>", mutation_scale=18, color="0.3"))
    first, last = WIDTH + GAP - 0.2, 4 * (WIDTH + GAP) - GAP + 0.2
    ax.plot([first, first, last, last], [1.45, 1.6, 1.6, 1.45], color="0.3", linewidth=1.2)
    ax.text((first + last) / 2, 1.72, "one scikit-learn Pipeline", ha="center", size=12)
    ax.set(xlim=(-0.2, 5 * (WIDTH + GAP) - GAP + 0.2), ylim=(-0.2, 2.0))
    ax.axis("off")
    figure.savefig(Path(__file__).with_name("dataflow.svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
