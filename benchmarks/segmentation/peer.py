"""Fits one model with the package lifetimes, in an interpreter of its own; prints seconds and optimum as JSON."""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")


def main(model: str, path: str, repeats: int) -> None:
    import lifetimes

    data = np.load(path)
    x, t_x, age = (data[name].astype(float) for name in ("x", "t_x", "T"))
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        if model == "GammaGamma":
            fitter = lifetimes.GammaGammaFitter(penalizer_coef=0.0)
            fitter.fit(x, data["m"])
        else:
            kinds = {"BgNbd": lifetimes.BetaGeoFitter, "ParetoNbd": lifetimes.ParetoNBDFitter}
            fitter = kinds[model](penalizer_coef=0.0)
            fitter.fit(x, t_x, age)
        seconds.append(time.process_time() - start)
    answer = {"seconds": sorted(seconds)[len(seconds) // 2], "parameters": dict(fitter.params_)}
    if model == "BgNbd":
        start = time.process_time()
        ahead = fitter.conditional_expected_number_of_purchases_up_to_time(365.0, x, t_x, age)
        answer |= {
            "ahead": time.process_time() - start,
            "total": float(np.nansum(ahead)),
            "nan": int(np.isnan(ahead).sum()),
        }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
