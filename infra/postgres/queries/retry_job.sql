SELECT procrastinate_retry_job_v2(%(job)s, now(), NULL, NULL, NULL)
