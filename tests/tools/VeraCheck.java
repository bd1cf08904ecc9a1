import java.io.FileInputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Checks PDF files against a profile of the veraPDF engine: VeraCheck PROFILE FILE...
 *
 * <p>Prints a line for each file and, below it, one for each rule that the file breaks. Exit status: 0 if every file
 * keeps the profile, 1 if one does not or cannot be read, 2 if there was no file to check, 5 for an unknown profile.
 */
public class VeraCheck {
  public static void main(String[] arguments) throws Exception {
    List<String> words = List.of(arguments);
    if (words.isEmpty()) leave(2, "usage: check-pdf PROFILE FILE... (nothing was checked)");

    VeraGreenfieldFoundryProvider.initialise();
    PDFAFlavour profile = PDFAFlavour.fromString(words.get(0));
    if (profile == PDFAFlavour.NO_FLAVOUR) {
      leave(5, "no profile " + words.get(0) + "; there are " + PDFAFlavour.getFlavourIds());
    }
    // Loads the profile, so that a broken engine shows even where there is no file.
    Foundries.defaultInstance().createValidator(profile, false);

    List<String> files = words.subList(1, words.size());
    if (files.isEmpty()) leave(2, "usage: check-pdf PROFILE FILE... (nothing was checked)");
    boolean good = true;
    for (String file : files) good &= keeps(profile, file);
    System.exit(good ? 0 : 1);
  }

  private static boolean keeps(PDFAFlavour profile, String file) {
    long start = System.nanoTime();
    ValidationResult result;
    try (var bytes = new FileInputStream(file);
        var parser = Foundries.defaultInstance().createParser(bytes, profile);
        var validator = Foundries.defaultInstance().createValidator(profile, false)) {
      result = validator.validate(parser);
    } catch (Exception | LinkageError fault) {
      System.out.println("ERROR " + file + " " + fault);
      return false;
    }

    Map<String, Integer> counts = new TreeMap<>();
    Map<String, String> reasons = new TreeMap<>();
    for (TestAssertion assertion : result.getTestAssertions()) {
      if (assertion.getStatus() != TestAssertion.Status.FAILED) continue;
      String rule = assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber();
      counts.merge(rule, 1, Integer::sum);
      reasons.putIfAbsent(rule, String.valueOf(assertion.getMessage()).replace('\n', ' '));
    }

    // A file in which nothing could be checked keeps nothing.
    boolean passes = result.isCompliant() && result.getTotalAssertions() > 0;
    System.out.printf(
        "%s %s %s checks=%d failed-rules=%d ms=%d%n",
        passes ? "PASS" : "FAIL",
        profile.getId(),
        file,
        result.getTotalAssertions(),
        counts.size(),
        (System.nanoTime() - start) / 1_000_000);
    counts.forEach((rule, count) -> System.out.printf("    %s x%d %.170s%n", rule, count, reasons.get(rule)));
    return passes;
  }

  private static void leave(int status, String reason) {
    System.err.println(reason);
    System.exit(status);
  }
}
