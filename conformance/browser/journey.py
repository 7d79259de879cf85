def run(browser): pass
