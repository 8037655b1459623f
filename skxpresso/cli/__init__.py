"""The `skxpresso` command: a file for each subcommand, which calls one function."""

from skxpresso.cli._app import app, main
from skxpresso.cli._demo import demo
from skxpresso.cli._evaluate import evaluate
from skxpresso.cli._explain import explain
from skxpresso.cli._fetch import fetch
from skxpresso.cli._genes import genes
from skxpresso.cli._predict import predict
from skxpresso.cli._prepare import prepare
from skxpresso.cli._scan import scan
from skxpresso.cli._train import train
from skxpresso.cli._tune import tune
from skxpresso.cli._variants import variants
from skxpresso.cli._warm_up import warm_up

__all__ = ["main"]

for _command in (
    demo,
    genes,
    train,
    tune,
    predict,
    evaluate,
    explain,
    variants,
    scan,
    fetch,
    prepare,
    warm_up,
):
    app.command()(_command)
