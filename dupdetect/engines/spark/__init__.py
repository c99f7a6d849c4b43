"""The stages over the partitions of DataFrames of Spark; `dupdetect.spark` is its public name."""
