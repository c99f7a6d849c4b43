"""Clusters and relations on Spark: the same stages and the same answer as in one process.

>>> import dupdetect.spark
>>> sorted(dupdetect.spark.__all__)
['SparkClustering', 'cluster']
"""

from __future__ import annotations

from dupdetect.engines.spark.run import SparkClustering, cluster

__all__ = ["SparkClustering", "cluster"]
